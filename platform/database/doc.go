// Package database owns how Wancun reaches its two engines: SQLite in one process, PostgreSQL in a cluster, one SQL
// text for both.
//
// # What may be relied on
//
// Apply and InTx are all or nothing, and when they return nil the write has reached stable storage (SQLite runs in WAL
// mode with synchronous=FULL). Reader sees committed state only, Snapshot sees one committed state throughout. Errors
// arrive with a meaning: *UniqueError, *CheckError, *RowsError and ErrNotFound are for the caller to act upon; a full disk or a lost
// server is a *fault.Error with code UNAVAILABLE and one of the Reason constants; everything else is a mistake in the
// program.
//
// Damage found in what is stored, on any connection, is a *fault.Error with code DATA_LOSS and reason STORAGE_DAMAGED.
// It is logged once, with the file or the schema; from then on Ready fails, and on SQLite every write, until the database
// is opened again.
//
// On SQLite one goroutine owns the only write connection. It takes up to 128 waiting writes at a time, runs each in a
// savepoint of its own and commits them together: they share one fsync, and one that fails takes none of the others
// with it. After an I/O error SQLite itself would go on, on top of a page cache that no longer agrees with the disk, so
// the writer stops for good: every later write is answered DATA_LOSS until the database is opened again.
//
// On PostgreSQL, Apply sends its statements through the native pipeline of pgx; everything else is database/sql.
//
// # Rules for SQL that runs on both
//
//   - Parameters are $1, $2, … and every one of them is used. The order of use does not matter.
//   - Column types are TEXT, BIGINT, BOOLEAN and BYTEA. Times are microseconds UTC in a BIGINT named *_us; both engines
//     disagree about everything else.
//   - A nil []byte is NULL and an empty one is an empty value.
//   - Say NULLS FIRST or NULLS LAST, or order by keys that are never NULL. Never rely on the order of RETURNING.
//   - CAST(COALESCE(SUM(x), 0) AS BIGINT): PostgreSQL sums a BIGINT into a NUMERIC.
//   - CAST($1 AS BIGINT) where the parameter stands in an expression: PostgreSQL infers its type from the first use.
//   - INSERT … SELECT … WHERE true ON CONFLICT: SQLite needs the WHERE.
//   - Lock by ForUpdate, or better by an UPDATE that names the revision it expects.
//   - Name the columns: on PostgreSQL a prepared SELECT * fails once when its table gains a column.
//   - Fixed texts: a statement is parsed once per connection and found again by its text. Pad lists of parameters to a
//     few fixed lengths.
package database
