package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/wancun/wancun/platform/fault"
)

// The reasons of the UNAVAILABLE errors that storage causes. The call may be retried with the same request id.
const (
	ReasonStorageFull     = "STORAGE_FULL"         // the disk is full; writes work again once there is room
	ReasonStorageReadOnly = "STORAGE_READ_ONLY"    // the file may not be written; writes work again once it may
	ReasonUnavailable     = "DATABASE_UNAVAILABLE" // the server is gone, starting or read-only, or the file cannot be reached
	ReasonBusy            = "DATABASE_BUSY"        // every attempt lost against other writers, or a lock was held for too long
)

// ReasonStorageDamaged is the reason of the DATA_LOSS error that reports damage in stored data. A retry does not help
// before the database is restored.
const ReasonStorageDamaged = "STORAGE_DAMAGED"

// retryAfter is the wait that UNAVAILABLE errors ask of the caller.
const retryAfter = time.Second

// ErrNotFound is returned by One if the query has no row.
var ErrNotFound = errors.New("no such row")

var (
	errClosed = errors.New("database is closed")
	errNested = errors.New("write started inside InTx: use the transaction that was given")
	errEnded  = errors.New("transaction used after its function returned")
)

// UniqueError reports that a row with the same key exists. Nothing was written.
type UniqueError struct {
	// Index is the index of the refused statement in Apply; -1 if it was not run by Apply.
	Index int
	// Table is the table that has the key; empty if SQLite does not name it.
	Table string

	cause error
}

func (e *UniqueError) Error() string {
	return fmt.Sprintf("a row of %s with this key exists: %v", e.Table, e.cause)
}

func (e *UniqueError) Unwrap() error { return e.cause }

// RowsError reports that a statement of Apply affected another number of rows than it demanded, for example an UPDATE
// that names a revision which is no longer current. Nothing was written.
type RowsError struct {
	Index     int
	Got, Want int64
}

func (e *RowsError) Error() string {
	return fmt.Sprintf("statement %d affected %d rows, not %d", e.Index, e.Got, e.Want)
}

// CheckError reports that a row would break a constraint of its table. Nothing was written.
type CheckError struct {
	// Constraint is its name. For a constraint without a name, SQLite gives its expression.
	Constraint string

	cause error
}

func (e *CheckError) Error() string {
	return fmt.Sprintf("a row would break the constraint %s: %v", e.Constraint, e.cause)
}

func (e *CheckError) Unwrap() error { return e.cause }

// demand returns a *RowsError if statement i affected another number of rows than it demands.
func demand(i int, s Statement, got int64) error {
	if s.Rows == AnyRows || s.Rows == got {
		return nil
	}
	return &RowsError{Index: i, Got: got, Want: s.Rows}
}

// at adds the index of the statement to an error that can carry it.
func at(i int, err error) error {
	err = translate(err)
	if unique, ok := errors.AsType[*UniqueError](err); ok {
		return &UniqueError{Index: i, Table: unique.Table, cause: unique.cause}
	}
	if text, ok := unpreparedPostgres(err); ok { // before any statement ran
		return fmt.Errorf("%q: %w", text, err)
	}
	return fmt.Errorf("statement %d: %w", i, err)
}

// translate converts a driver's error into one that callers can act on. It leaves other errors as they are, and
// translating twice changes nothing. Only this package knows the drivers' error codes.
func translate(err error) error {
	if err == nil {
		return nil
	}
	if known(err) {
		return err
	}
	if damaging(err) {
		return dataLoss(err)
	}
	if of := translatePostgres(err); of != nil {
		return of
	}
	if of := translateSQLite(err); of != nil {
		return of
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	if unconnectedPostgres(err) {
		return unavailable(err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if lost(err) {
		return unavailable(err)
	}
	return err
}

func known(err error) bool {
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return true
	}
	if _, ok := errors.AsType[*CheckError](err); ok {
		return true
	}
	_, ok := errors.AsType[*UniqueError](err)
	return ok
}

// lost reports whether err means that the connection is gone.
func lost(err error) bool {
	_, network := errors.AsType[*net.OpError](err)
	return network || unsentPostgres(err) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

func storageFull(cause error) error {
	return fault.Unavailable(ReasonStorageFull, retryAfter, cause).
		Saying("nothing can be written, because the storage is full; what is stored can be read")
}

func storageReadOnly(cause error) error {
	return fault.Unavailable(ReasonStorageReadOnly, retryAfter, cause).
		Saying("nothing can be written, because the storage is read-only; what is stored can be read")
}

func unavailable(cause error) error {
	return fault.Unavailable(ReasonUnavailable, retryAfter, cause)
}

// retryable reports whether err means that the transaction lost against another one and can run again.
func retryable(err error) bool { return retryablePostgres(err) || retryableSQLite(err) }
