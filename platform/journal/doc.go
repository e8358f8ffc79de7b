// Package journal owns the one log of what happened in a service. It is the change feed, the audit trail, the memory of
// request ids and the verifiable ledger in one.
//
// # How a write gets its place
//
// A write appends the statements of [Log.Statements] to its own, so that the same transaction stages its entries, and
// calls [Log.Wake] after the commit. The numbering step moves what is staged and committed into the log: it assigns
// dense positions and adds hashes and a signed checkpoint, in one transaction for each batch. Any number of processes
// may share a database. The one that holds the lock on the head row numbers; when it dies, the lock is released and
// another process continues. A process that is stopped keeps its connection, but loses the lock within four seconds:
// the server ends a transaction that is idle for three (see package database), and a process that waits for the head
// for longer than four ends the session of a holder that does not continue. The server rolls back what that holder had
// begun, so its commit fails when it continues, and it reads the tree again before it numbers.
//
// # What may be relied on
//
// Positions start at 1 and have no gaps. Every committed write is numbered eventually, and once; [Log.Sync] waits for
// it. Only what is already visible receives a position, so a reader that asks for positions after its cursor misses
// nothing, however long a transaction took to commit. The entries of one resource are in the order of its revisions,
// provided that each write locks or inserts the resource's row before it stages. What is numbered never changes. Every
// stored checkpoint covers a prefix of the log: nothing is signed that does not extend what was signed before.
//
// # What would break it
//
// Staging an entry before the resource's row is written inverts revisions. Hashing or serving a re-encoding of a record
// breaks verification, because serialized protobuf is not canonical; a record is therefore serialized once, when it is
// written. Two entries with the same resource and revision stop the numbering, because the log must not contain a
// revision twice.
//
// The subpackage verify checks a log from outside and trusts the public key alone.
package journal
