// Package database owns the access to both engines: SQLite for a single process and PostgreSQL for a cluster. Both run
// the same SQL.
//
// # What may be relied on
//
// Apply and InTx write everything or nothing. When they return nil, the write is on stable storage (SQLite runs in WAL
// mode with synchronous=FULL). Reader sees committed state only; Snapshot sees one committed state throughout. Errors
// have a meaning: callers act on *UniqueError, *CheckError, *RowsError and ErrNotFound; a full disk or a lost server is
// a *fault.Error with code UNAVAILABLE and one of the Reason constants; any other error is a mistake in the program.
//
// Damage found in stored data, on any connection, is a *fault.Error with code DATA_LOSS and reason STORAGE_DAMAGED. It
// is logged once, with the file or the schema. From then on Ready fails, and on SQLite every write fails, until the
// database is opened again.
//
// On SQLite one goroutine owns the only write connection. It takes up to 128 waiting writes at a time, runs each in its
// own savepoint and commits them together. They share one fsync, and a write that fails does not affect the others.
// After an I/O error SQLite would go on with a page cache that no longer agrees with the disk, so the writer stops: it
// answers every later write with DATA_LOSS until the database is opened again.
//
// The code of an engine is in the files whose names begin with its name. Only these import its driver; a check of the
// linter holds it.
//
// On PostgreSQL, Apply sends its statements through the native pipeline of pgx; everything else is database/sql.
//
// # Rules for SQL that runs on both
//
//   - Parameters are $1, $2, … and every one of them is used. The order of use does not matter.
//   - Column types are TEXT, BIGINT, BOOLEAN and BYTEA. A time is a BIGINT named *_us, in microseconds UTC. The engines
//     disagree about all other types.
//   - A nil []byte is NULL; an empty one is an empty value.
//   - Write NULLS FIRST or NULLS LAST, or order by keys that are never NULL. Never rely on the order of RETURNING.
//   - CAST(COALESCE(SUM(x), 0) AS BIGINT): PostgreSQL sums a BIGINT into a NUMERIC.
//   - CAST($1 AS BIGINT) where a parameter is part of an expression: PostgreSQL infers its type from the first use.
//   - INSERT … SELECT … WHERE true ON CONFLICT: SQLite needs the WHERE.
//   - Lock with ForUpdate, or better with an UPDATE that names the revision it expects.
//   - Name the columns: on PostgreSQL a prepared SELECT * fails once when its table gains a column.
//   - Keep statement texts fixed: a connection parses a statement once and finds it again by its text. Pad lists of
//     parameters to a few fixed lengths.
package database
