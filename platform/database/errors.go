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

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"

	"github.com/wancun/wancun/platform/fault"
)

// The reasons of the UNAVAILABLE errors that storage causes. All of them may be retried with the same request id.
const (
	ReasonStorageFull     = "STORAGE_FULL"         // the disk is full; writes resume by themselves once there is room
	ReasonStorageReadOnly = "STORAGE_READ_ONLY"    // the file may not be written; so do they once it may
	ReasonUnavailable     = "DATABASE_UNAVAILABLE" // the server is gone, starting or read-only, or the file cannot be reached
	ReasonBusy            = "DATABASE_BUSY"        // other writers came first on every attempt, or held a lock for too long
)

// ReasonStorageDamaged is the reason of the DATA_LOSS error that says that damage was found in what is stored. It is of no
// use to try again before the database is restored.
const ReasonStorageDamaged = "STORAGE_DAMAGED"

// retryAfter is what the caller of an unavailable database is told to wait.
const retryAfter = time.Second

// ErrNotFound is what One returns when the query gives no row.
var ErrNotFound = errors.New("no such row")

var (
	errClosed = errors.New("database is closed")
	errNested = errors.New("write started inside InTx: use the transaction that was given")
	errEnded  = errors.New("transaction used after its function returned")
)

// UniqueError says that a row with the same key exists already, so nothing was written.
type UniqueError struct {
	// Index of the refused statement given to Apply; -1 in a transaction of InTx.
	Index int
	// Table whose key was met.
	Table string

	cause error
}

func (e *UniqueError) Error() string {
	return fmt.Sprintf("a row of %s with this key exists: %v", e.Table, e.cause)
}

func (e *UniqueError) Unwrap() error { return e.cause }

// RowsError says that a statement given to Apply affected another number of rows than it demanded, as an UPDATE does
// that names a revision which is no longer the current one. Nothing was written.
type RowsError struct {
	Index     int
	Got, Want int64
}

func (e *RowsError) Error() string {
	return fmt.Sprintf("statement %d affected %d rows, not %d", e.Index, e.Got, e.Want)
}

// CheckError says that a row would break a constraint of its table, so nothing was written.
type CheckError struct {
	// Constraint is its name.
	Constraint string

	cause error
}

func (e *CheckError) Error() string {
	return fmt.Sprintf("a row would break the constraint %s: %v", e.Constraint, e.cause)
}

func (e *CheckError) Unwrap() error { return e.cause }

// demand checks what statement i affected against what it asked for.
func demand(i int, s Statement, got int64) error {
	if s.Rows == AnyRows || s.Rows == got {
		return nil
	}
	return &RowsError{Index: i, Got: got, Want: s.Rows}
}

// at names the statement in the errors that can carry its index.
func at(i int, err error) error {
	err = translate(err)
	if unique, ok := errors.AsType[*UniqueError](err); ok {
		return &UniqueError{Index: i, Table: unique.Table, cause: unique.cause}
	}
	if early, ok := errors.AsType[pgx.ErrPreprocessingBatch](err); ok { // before any statement ran
		return fmt.Errorf("%q: %w", early.SQL(), err)
	}
	return fmt.Errorf("statement %d: %w", i, err)
}

// translate gives a driver's error the meaning that callers act upon. It is the only place that knows the drivers'
// codes, it leaves errors that are not the drivers' alone, and translating twice changes nothing.
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
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return translatePostgres(pg, err)
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		return translateSQLite(lite, err)
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
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

// lost reports whether err says that the connection is gone.
func lost(err error) bool {
	_, network := errors.AsType[*net.OpError](err)
	return network || pgconn.SafeToRetry(err) ||
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

// retryable reports whether err says that the transaction lost against another one and may simply run again.
func retryable(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return retryablePostgres(pg)
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		return retryableSQLite(lite)
	}
	return false
}
