package database

import (
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/wancun/wancun/platform/fault"
)

// SQLSTATE codes as PostgreSQL documents them in its appendix A.
const (
	pgUniqueViolation      = "23505"
	pgSerializationFailure = "40001"
	pgDeadlockDetected     = "40P01"
	pgReadOnlyTransaction  = "25006" // a standby, or a server that failed over
	pgDiskFull             = "53100"
	pgIOError              = "58030"
	pgConnectionException  = "08" // class
	pgInsufficientResource = "53" // class: out of memory, too many connections
	pgOperatorIntervention = "57P"
)

func translatePostgres(e *pgconn.PgError, err error) error {
	switch e.Code {
	case pgUniqueViolation:
		return &UniqueError{Index: -1, Table: e.TableName, cause: err}
	case pgDiskFull:
		return fault.Unavailable(ReasonStorageFull, retryAfter, err)
	case pgIOError, pgReadOnlyTransaction:
		return unavailable(err)
	}
	for _, class := range []string{pgConnectionException, pgInsufficientResource, pgOperatorIntervention} {
		if strings.HasPrefix(e.Code, class) {
			return unavailable(err)
		}
	}
	return err
}

func retryablePostgres(e *pgconn.PgError) bool {
	return e.Code == pgSerializationFailure || e.Code == pgDeadlockDetected
}
