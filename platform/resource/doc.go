// Package resource stores the resources of all kinds in the same way. A Kind declares what differs: its table, the few
// columns by which lists filter and order, and its rules across fields. A Store does everything that all resources
// share.
//
// What may be relied on:
//
//   - The proto message is the model. A row holds the serialized message, its revision and times, and the declared
//     columns, which are only computed from the message.
//   - Every accepted write appends exactly one journal entry per resource in the same transaction. A write that returns
//     an error has written nothing.
//   - A request id is stored with the write: the same request sent again has the same answer and is written once, also
//     if the first answer was lost, as long as the caller's present grants cover what it wrote. Another request with the
//     same id is ALREADY_EXISTS.
//   - Concurrent writers do not overwrite each other: a write applies only to the revision from which it was computed.
//     Without an etag the rule runs again on the newer revision; with an etag the caller receives ABORTED.
//   - [Import] accepts more rows than the memory of a process can hold. It reads them from a stream, and writes all or
//     none of them in one transaction, which does not wait for the caller.
//   - Rules over several rows hold under concurrent writes, in any number of replicas: [Unique] by an index, [Reserve] by
//     a counter that changes in the transaction of the row. Any other rule sees one row, or what was committed before.
//   - A caller sees and changes only rows that one of its admitted grants covers; any other row is NOT_FOUND. Each kind
//     declares where its rows belong, by its own column or through the parent's row. NewStore refuses a kind that does
//     not.
//   - A row that something other than a Store wrote or changed is DATA_LOSS on every read and before every write. A row
//     that was replaced by its older version, or deleted, is not detected here; a comparison with the journal detects it.
//   - Personal fields are stored encrypted beside the row, never in the journal, and shown only to the roles that they
//     name.
//
// A Store uses the same SQL for both engines; package database documents the rules for portability.
package resource
