package database

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A process may be stopped, or its machine paused or disconnected, at any moment. Its connections then stay open, and
// its transactions keep their locks, for as long as the server waits for it. These limits end that wait on every
// connection of a service: the server rolls the transaction back, and the process receives an error when it continues.
// Parameters in the URL take precedence.
const (
	// idleInTransaction limits how long the server waits for the next statement of a transaction. A service sends it at
	// once: it makes no call while a transaction is open.
	idleInTransaction = 3 * time.Second
	// lockTimeout limits how long a statement waits for a lock. It is longer than idleInTransaction, so that a wait for
	// a stopped holder succeeds.
	lockTimeout = 4 * time.Second
	// statementTimeout is the longest that a call may take; see Unhurried.
	statementTimeout = time.Minute
	// unacknowledged limits how long one side of a connection may leave data of the other unacknowledged or unread.
	unacknowledged = 4 * time.Second
	// presence is how often the server checks whether the client of a long statement is still connected.
	presence = 2 * time.Second

	connectTimeout = 5 * time.Second
)

// limit sets the limits of a service's connections. It runs SET statements after connecting, because a pooler refuses
// parameters that it does not know when a client connects.
func limit(config *pgx.ConnConfig) {
	var set strings.Builder
	for parameter, d := range map[string]time.Duration{
		"idle_in_transaction_session_timeout": idleInTransaction,
		"lock_timeout":                        lockTimeout,
		"statement_timeout":                   statementTimeout,
		"tcp_user_timeout":                    unacknowledged,
		"client_connection_check_interval":    presence,
	} {
		if _, given := config.RuntimeParams[parameter]; !given {
			fmt.Fprintf(&set, "SET %s = %d;", parameter, d.Milliseconds())
		}
	}
	statements := set.String()
	config.AfterConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
		return conn.Exec(ctx, statements).Close()
	}
}

// lively makes the client notice a server that is gone without closing the connection.
func lively(config *pgx.ConnConfig) {
	dialer := &net.Dialer{
		Timeout: connectTimeout, Control: userTimeout,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3},
	}
	if config.ConnectTimeout > 0 {
		dialer.Timeout = config.ConnectTimeout
	}
	config.DialFunc = dialer.DialContext
}

// EndStalled ends the sessions of other processes that hold a lock on rows of a table, whose transaction began more
// than 3 s ago, and for which the server waits. It returns how many. The server ends most such sessions by itself; this
// is for those that it does not see as idle, because they were stopped within a statement, while rows were sent to the
// server or an answer was sent back. On SQLite there are none.
func (d *DB) EndStalled(ctx context.Context, table string) (int64, error) {
	if d.kind != Postgres {
		return 0, nil
	}
	return One[int64](ctx, d.Reader(), `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE wait_event_type = 'Client' AND xact_start < clock_timestamp() - make_interval(secs => $2)
			AND pid IN (SELECT pid FROM pg_locks WHERE relation = CAST($1 AS text)::regclass AND mode = 'RowShareLock' AND granted)`,
		table, idleInTransaction.Seconds())
}

// Unhurried removes the time limit of the statements in a transaction or a snapshot. On PostgreSQL a statement
// otherwise ends after a minute, the longest that a call may take.
func (d *DB) Unhurried(ctx context.Context, q Querier) error {
	if d.kind != Postgres {
		return nil
	}
	_, err := One[string](ctx, q, "SELECT set_config('statement_timeout', '0', true)")
	return err
}
