// Package rollup keeps what the journals say in a form that answers at once: facts, their sums, and exact counts of
// different organizations and villages.
//
// What may be relied on:
//
//   - Apply moves a journal's cursor and everything that follows from the entries in one transaction, so an entry counts
//     exactly once, whatever crashes and however many replicas apply the same log.
//   - Facts are gated by their resource's revision: an amendment, confirmation or void takes out exactly what was put in before
//     and closes it, and an entry that comes again changes nothing.
//   - Every stored row of cells, members and reaches equals what GROUP BY and COUNT(DISTINCT) over the facts give; Audit
//     compares them all, and the facts with the journals, Rebuild makes them anew.
//   - Reads of sums look at facts only where they hold for days, such as the villages of a scope. Reads take a database.Querier, so that a caller who reads several things in one
//     snapshot gets them as of one generation.
//   - Rollups are read and added to only by code of the shape that built them. A newer version takes them over, and back if
//     it must, by a rebuild; an older one never does.
//
// Entries of types that this version does not know advance the cursor and change nothing else: a newer service may write
// them. An entry of a known type that cannot be read stops its log, because skipping it would make figures silently wrong.
package rollup
