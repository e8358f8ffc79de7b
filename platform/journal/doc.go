// Package journal owns the one log of what happened in a service: change feed, audit trail, memory of request ids and
// verifiable ledger in one.
//
// # How a write gets its place
//
// A write adds the statements of [Log.Statements] behind its own, so that its entries are staged by the same transaction,
// and calls [Log.Wake] after the commit. The numbering step of whichever process holds the head row moves what is staged
// and committed into the log, under dense positions, with its hashes and a signed checkpoint, in one transaction for each
// batch. Any number of processes may share a database: the row lock lets one number at a time, and when that one dies its
// lock dies with it and the next goes on. One that is stopped, and so keeps its connection, loses the lock within four
// seconds: the server ends a transaction that is idle for three (see package database), and a process that waits for the
// head for longer than four ends the session of a holder that does not go on. What such a holder had begun is rolled back,
// so that its commit fails when it wakes and it reads the tree again before it numbers.
//
// # What may be relied on
//
// Positions start at 1 and have no gaps. A committed write is numbered, once, sooner or later; [Log.Sync] waits for it. A
// position is given only to what is already visible, so a reader that asks for positions after its cursor misses nothing,
// however long some transaction took to commit. Two entries of one resource come in the order of its revisions, provided
// that each write locks or inserts the resource's row before it stages. What is numbered never changes, and every stored
// checkpoint commits to a prefix of the log: nothing is signed that does not extend what was signed before.
//
// # What would break it
//
// Staging an entry before the resource's row is written inverts revisions. Hashing or serving a re-encoding of a record
// breaks verification, because serialized protobuf is not canonical; a record is therefore serialized once, when it is
// written. Two entries with one resource and revision stop the numbering, since one of them would be history twice.
//
// The subpackage verify checks a log from outside, trusting the public key alone.
package journal
