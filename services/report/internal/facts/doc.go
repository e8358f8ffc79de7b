// Package facts says what report counts, and how: which resources become facts, which sums and distinct counts of them are
// kept, and which of those answer a formula. It is pure: it reads no clock and no database.
//
// # From an entry to a figure
//
//   - A [Source] turns one kind of resource into facts. It is all that a new kind writes.
//   - A [Fact] says what, how much, where, when and of whom, and which [Stages] it has reached. Facts that are alike in
//     source, parent, action, indicator, measure and attributes are of one [Class]. Classes are few, facts are many.
//   - Sums are kept by class, stage, month and place ([SumLevels]). Any selection of classes is answered by adding them.
//   - Different ones (organizations, villages, households) cannot be added. A [Slice] declares for which classes together,
//     and at which places, they are counted. A [Tally] is one such count: of a slice, for the columns that it keeps apart,
//     a stage and a dimension.
//   - A formula selects classes by a filter over their columns and attributes. A selection that is exactly a tally's classes
//     is answered by its stored count, any other by the members that are stored by class.
//
// # What is declared once
//
// [Tallies] alone decides which classes a tally holds. The increments call it, the rebuild and the check join with the table
// of tallies that it fills, and the planner compares its classes with those that a formula selects. [Slices] and [SumLevels]
// are data: the SQL of rebuild and check is made of them ([SumQuery], [MemberQuery], [CountQuery]), and [Fingerprint] covers
// them and the SQL, so that a change of either is a change of shape.
//
// # Tables
//
//	facts         a row for each fact and revision: the positions between which it holds (since, until), its class, its numbers
//	fact_members  members of facts in dimensions that facts have no column for
//	classes       the columns of each class, by its id
//	tallies       which classes each tally holds
//	cells         the sums, by class, stage, place and month
//	members       how often a tally holds each member at a place: in the first slice by facts, above it by rows below; 0 is kept
//	reaches       how many different members each tally has at a place
//
// Stages and dimensions are values in rows. Ids of classes and tallies are hashes of what they say, so that replicas and
// rebuilds agree on them without asking each other.
//
// # History
//
// A revision of a resource closes the facts of the one before: it sets their until to its own position. What was known at
// position p of a log is what its facts with since <= p < until say. Facts of a revision that counts nowhere are kept without
// a stage, so that each revision has at least one row.
//
// # Places
//
// A place is a code of twelve digits. Divided by a [Level] it is the code of the division that holds it; a fact of a province
// (430000000000) is kept at each finer level under the province's own code (430000 among the counties), so that the places of
// a level always add up to the whole. Divided by [Everywhere] it is 0.
package facts
