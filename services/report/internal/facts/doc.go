// Package facts defines what report counts and how: which resources become facts, which sums and distinct counts of
// facts are stored, and which of those a formula uses. It is pure: it uses neither a clock nor a database.
//
// # From an entry to a figure
//
//   - A [Source] converts one kind of resource to facts. A new kind of resource needs nothing else.
//   - A [Fact] states what was done or exists, how much, where, when and by which organization, and the [Stages]
//     that it has reached. Facts with the same source, parent, action, indicator, measure and attributes have one
//     [Class]. There are few classes and many facts.
//   - Sums are stored by class, stage, month and place ([SumLevels]). The sum of a selection of classes is the total
//     of their sums.
//   - Distinct counts (of organizations, villages, households) cannot be added. A [Slice] declares which classes are
//     counted together, and at which places. A [Tally] is one such distinct count: of one slice, for one value of the
//     slice's columns, one stage and one dimension.
//   - A formula selects classes by a filter over their columns and attributes. If the selection equals the classes
//     of a tally, the formula uses the stored count of the tally. Otherwise it counts the members that are stored by
//     class.
//
// # What is declared once
//
// Only [Tallies] decides which classes a tally contains. The incremental updates call it, the rebuild and the audit
// join the table of tallies that it fills, and the planner compares the classes of a tally with those that a formula
// selects. [Slices] and [SumLevels] are data: the SQL of the rebuild and the audit is generated from them ([SumQuery],
// [MemberQuery], [CountQuery]). [Fingerprint] covers them and the SQL, so that a change of either is a change of shape.
//
// # Tables
//
//	facts         a row for each fact and revision: the positions between which it is valid (since, until), its class
//	              and its numbers
//	fact_members  members of facts in dimensions without a column
//	classes       the columns of each class, by its id
//	tallies       the classes in each tally
//	cells         the sums, by class, stage, place and month
//	members       how often a tally contains a member at a place: the number of facts in the first slice, and of the
//	              rows one step below in the others; rows with 0 are not deleted
//	reaches       the number of different members of each tally at a place
//
// Stages and dimensions are values in rows. The ids of classes and tallies are hashes of their contents, so that
// replicas and rebuilds compute the same ids without coordination.
//
// # History
//
// A new revision of a resource closes the facts of the previous revision: it sets their until to its own position. The
// facts with since <= p < until are those that were valid at position p of a log. A revision that counts nowhere has
// facts without a stage, so that each revision has at least one row.
//
// # Places
//
// A place is a code of 12 digits. Divided by a [Level], it is the code of the division of that level that contains it.
// A fact of a province (430000000000) is stored at each finer level under the province's own code (430000 among the
// counties), so that the places of a level always add up to the total. Divided by [Everywhere], a place is 0.
//
// Sums and distinct counts use the home of a fact instead of its place: the place that took it over, by the successions
// of divisions. A village whose code changed is therefore one member, with the facts of both codes. If only the
// successor of a division around a village is known, such as the county into which its county was merged, that is the
// home, and the village remains a member under its own code.
package facts
