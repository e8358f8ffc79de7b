// Package rollup stores the contents of the journals in a form for fast queries: facts, their sums, and exact counts of
// different organizations and villages.
//
// Guarantees:
//
//   - Apply moves a journal's cursor and writes everything that follows from the entries in one transaction. Each
//     entry counts exactly once, regardless of crashes and of how many replicas apply the same log.
//   - Facts are guarded by the revision of their resource. An amendment, confirmation or void subtracts exactly what
//     the previous revision added and closes its facts. An entry that is applied again changes nothing.
//   - Figures follow the successions of divisions: an entry that states one moves the facts of the places that it
//     affects, of every log, in its own transaction.
//   - Every stored row of cells, members and reaches equals the result of GROUP BY and COUNT(DISTINCT) over the
//     facts. Audit compares all of them, and the facts with the journals. Rebuild computes them again.
//   - Reads of sums use facts only where the day of the figure decides which facts count: for those that hold for a
//     range of days, such as the villages of a scope, and for those of the villages of a scope, such as needs. Reads
//     take a database.Querier, so that a caller can do several reads in one snapshot, as of one generation.
//   - Nothing is forgotten: facts, campaigns and successions are closed by position instead of overwritten, and each
//     generation is recorded with its time and position. A [Moment] is such an earlier state. Its figures are those
//     that were answered then; they are computed from facts. Only names of divisions have no history.
//   - Rollups are read and changed only by code of the shape that built them. A newer version takes them over by a
//     rebuild, and does so again if an older version has rebuilt them. An older version never takes over rollups of a
//     newer one.
//
// Entries of types that this version does not know, such as those of a newer service, advance the cursor and change
// nothing else. An entry of a known type that cannot be decoded stops its log, because skipping it would make figures
// wrong without notice.
package rollup
