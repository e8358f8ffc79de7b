package database

import (
	"errors"
	"strings"

	"modernc.org/sqlite"
	lite3 "modernc.org/sqlite/lib"
)

// primary returns the primary part of a SQLite result code, without its extension.
func primary(code int) int { return code & 0xff }

// translateSQLite translates an error of SQLite. It returns nil for any other error.
func translateSQLite(err error) error {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return nil
	}
	switch e.Code() {
	case lite3.SQLITE_CONSTRAINT_PRIMARYKEY, lite3.SQLITE_CONSTRAINT_UNIQUE:
		return &UniqueError{Index: -1, Table: uniqueTable(e.Error()), cause: err}
	case lite3.SQLITE_CONSTRAINT_CHECK:
		return &CheckError{Constraint: checkName(e.Error()), cause: err}
	case lite3.SQLITE_IOERR_SHMSIZE: // the shared-memory file could not grow
		return storageFull(err)
	}
	switch primary(e.Code()) {
	case lite3.SQLITE_FULL:
		return storageFull(err)
	case lite3.SQLITE_READONLY:
		return storageReadOnly(err)
	case lite3.SQLITE_IOERR, lite3.SQLITE_CANTOPEN:
		return unavailable(err)
	}
	return err
}

// uniqueTable reads the table from "UNIQUE constraint failed: needs.name, needs.village". SQLite reports it in no other
// way. For an index on an expression the message has only the name of the index, and uniqueTable returns "".
func uniqueTable(message string) string {
	_, columns, _ := strings.Cut(message, "UNIQUE constraint failed: ")
	table, _, found := strings.Cut(columns, ".")
	if !found {
		return ""
	}
	return table
}

// checkName reads the name from "constraint failed: CHECK constraint failed: needs_bound (275)". For a constraint
// without a name it returns the expression.
func checkName(message string) string {
	_, name, _ := strings.Cut(message, "CHECK constraint failed: ")
	name, _, _ = strings.Cut(name, " (")
	return name
}

// retryableSQLite reports whether another process has held the write lock for longer than busy_timeout.
func retryableSQLite(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && primary(e.Code()) == lite3.SQLITE_BUSY
}

// damagingSQLite reports whether the file can no longer be trusted after err. After a failed fsync the kernel treats
// pages as clean that are not on the disk; writes on top of them would be acknowledged and could be lost. A full disk
// does not damage the file: no write was acknowledged, and writes work again when there is room.
func damagingSQLite(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return false
	}
	switch e.Code() {
	case lite3.SQLITE_IOERR_SHMSIZE, lite3.SQLITE_IOERR_NOMEM:
		return false
	}
	switch primary(e.Code()) {
	case lite3.SQLITE_IOERR, lite3.SQLITE_CORRUPT, lite3.SQLITE_NOTADB:
		return true
	}
	return false
}
