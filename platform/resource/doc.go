// Package resource keeps resources one way: a Kind declares what is a resource's own (its table, the few columns that
// lists filter and order by, its rules across fields), and a Store does everything that all resources share.
//
// What may be relied on:
//
//   - The proto message is the model. A row holds the serialized message, its revision and times, and the declared
//     columns, which are computed from the message and never written otherwise.
//   - Every accepted write appends exactly one journal entry per resource in the same transaction. A write that is
//     answered with an error has written nothing.
//   - A request id is remembered with the write: the same request sent again is answered the same and written once,
//     also if the first answer was lost, as long as the caller's present grants cover what it wrote. Another request
//     under the same id is ALREADY_EXISTS.
//   - Two writers never overwrite each other unseen: a write holds only for the revision it was computed from. Without
//     an etag the rule runs again on the newer revision; with one the caller gets ABORTED.
//   - [Store.Import] takes more rows than a process can hold, portion by portion, and writes all of them or none in one
//     transaction that waits for no caller.
//   - Rules over several rows hold whatever is written at the same time, in any number of replicas: [Unique] by an index,
//     [Reserve] by a counter that changes in the transaction of the row. Any other rule sees one row, or what was committed
//     before.
//   - A caller sees and changes only rows that one of its admitted grants covers; any other row is NOT_FOUND. Each kind says
//     where its rows belong, in its own column or through the row above it, and NewStore refuses a kind that does not.
//   - A row that something other than a Store wrote or changed is DATA_LOSS on every read and before every write. An older
//     version of a row put back in its place is not noticed here, nor is a row that is gone; the journal knows of both.
//   - Personal fields are stored encrypted beside the row, never in the journal, and shown to the roles they name.
//
// A Store serves both engines with the same SQL; the portability rules are those of package database.
package resource
