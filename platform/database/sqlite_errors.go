package database

import (
	"errors"
	"strings"

	"modernc.org/sqlite"
	lite3 "modernc.org/sqlite/lib"
)

// primary strips the extension of a SQLite result code.
func primary(code int) int { return code & 0xff }

func translateSQLite(e *sqlite.Error, err error) error {
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

// uniqueTable reads the table out of "UNIQUE constraint failed: needs.name, needs.village". SQLite has no other way to
// tell. The name of an index on an expression stands there alone, and then the table stays unnamed.
func uniqueTable(message string) string {
	_, columns, _ := strings.Cut(message, "UNIQUE constraint failed: ")
	table, _, found := strings.Cut(columns, ".")
	if !found {
		return ""
	}
	return table
}

// checkName reads the name out of "constraint failed: CHECK constraint failed: needs_bound (275)"; of a constraint without one
// it is the expression.
func checkName(message string) string {
	_, name, _ := strings.Cut(message, "CHECK constraint failed: ")
	name, _, _ = strings.Cut(name, " (")
	return name
}

// retryableSQLite: another process holds the write lock for longer than busy_timeout.
func retryableSQLite(e *sqlite.Error) bool { return primary(e.Code()) == lite3.SQLITE_BUSY }

// damagingSQLite reports whether the file can no longer be trusted after err. A failed fsync leaves pages that the kernel
// calls clean and that are not on the disk; what is written on top of them would be acknowledged and might be lost.
// A full disk is not damage: nothing was promised, and writing goes on when there is room.
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
