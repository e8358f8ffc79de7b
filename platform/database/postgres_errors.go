package database

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/wancun/wancun/platform/fault"
)

// SQLSTATE codes as PostgreSQL documents them in its appendix A.
const (
	pgUniqueViolation      = "23505"
	pgCheckViolation       = "23514"
	pgSerializationFailure = "40001"
	pgDeadlockDetected     = "40P01"
	pgReadOnlyTransaction  = "25006" // the server is a standby, or has become one
	pgLockNotAvailable     = "55P03" // lock_timeout has passed
	pgQueryCanceled        = "57014" // statement_timeout has passed; a caller that cancelled no longer waits for an answer
	pgIdleInTransaction    = "25P03" // idle_in_transaction_session_timeout has passed: this process was stopped meanwhile
	pgDiskFull             = "53100"
	pgIOError              = "58030"
	pgDataCorrupted        = "XX001"
	pgIndexCorrupted       = "XX002"
	pgConnectionException  = "08" // class
	pgInsufficientResource = "53" // class: out of memory, too many connections
	pgOperatorIntervention = "57P"
)

// translatePostgres translates an error of the server. It returns nil for any other error.
func translatePostgres(err error) error {
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return nil
	}
	switch e.Code {
	case pgUniqueViolation:
		return &UniqueError{Index: -1, Table: e.TableName, cause: err}
	case pgCheckViolation:
		return &CheckError{Constraint: e.ConstraintName, cause: err}
	case pgDiskFull:
		return storageFull(err)
	case pgLockNotAvailable, pgQueryCanceled, pgIdleInTransaction:
		return fault.Unavailable(ReasonBusy, retryAfter, err)
	case pgReadOnlyTransaction:
		return unavailable(err)
	}
	for _, class := range []string{pgConnectionException, pgInsufficientResource, pgOperatorIntervention} {
		if strings.HasPrefix(e.Code, class) {
			return unavailable(err)
		}
	}
	return err
}

// unpreparedPostgres returns the text of a statement of a batch that the server could not prepare.
func unpreparedPostgres(err error) (text string, ok bool) {
	early, ok := errors.AsType[pgx.ErrPreprocessingBatch](err)
	return early.SQL(), ok
}

// unconnectedPostgres reports whether no connection could be made.
func unconnectedPostgres(err error) bool {
	_, ok := errors.AsType[*pgconn.ConnectError](err)
	return ok
}

// unsentPostgres reports whether nothing was sent to the server.
func unsentPostgres(err error) bool { return pgconn.SafeToRetry(err) }

// damagingPostgres reports whether the server could not read a page or found it damaged.
func damagingPostgres(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == pgDataCorrupted || e.Code == pgIndexCorrupted || e.Code == pgIOError)
}

func retryablePostgres(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == pgSerializationFailure || e.Code == pgDeadlockDetected)
}
