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

// A process may be stopped, or its machine paused or cut off, at any moment. Its connections then stay, and with them the
// locks of its transactions, for as long as the server waits for it. These limits end that wait, on every connection of a
// service; the transaction is rolled back, and the process learns of it by an error when it goes on. What the URL says of
// one of these parameters comes first.
const (
	// idleInTransaction is how long the server waits for the next statement of a transaction. A service sends the next one
	// at once: it makes no call while a transaction is open.
	idleInTransaction = 3 * time.Second
	// lockTimeout is how long a statement waits for a lock. It is longer than the holder may be idle, so that a wait for one
	// who is stopped succeeds.
	lockTimeout = 4 * time.Second
	// statementTimeout is as long as the longest call may take; see Unhurried.
	statementTimeout = time.Minute
	// unacknowledged is how long a side of a connection may leave unacknowledged, or unread, what the other has sent.
	unacknowledged = 4 * time.Second
	// presence is how often the server looks whether the client of a long statement is still connected.
	presence = 2 * time.Second

	connectTimeout = 5 * time.Second
)

// limit sets the limits of a service's connections. It does so by statements once a connection stands, because a pooler
// refuses parameters that it does not know when a client connects.
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

// lively makes the client's side of connections notice that a server is gone without a word.
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

// EndStalled ends the sessions of other processes that hold a lock on rows of a table and have let the server wait for their
// next word for longer than a transaction may be idle, and returns how many. Most of them the server ends by itself; this is
// for those that it does not see as idle, because they were stopped amid a statement: while rows were on their way to the
// server, or an answer was on its way back. On SQLite there are none.
func (d *DB) EndStalled(ctx context.Context, table string) (int64, error) {
	if d.kind != Postgres {
		return 0, nil
	}
	return One[int64](ctx, d.Reader(), `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE wait_event_type = 'Client' AND xact_start < clock_timestamp() - make_interval(secs => $2)
			AND pid IN (SELECT pid FROM pg_locks WHERE relation = CAST($1 AS text)::regclass AND mode = 'RowShareLock' AND granted)`,
		table, idleInTransaction.Seconds())
}

// Unhurried lets the statements of a transaction or a snapshot take as long as they need. On PostgreSQL one is otherwise
// ended after a minute, the longest that a call may take.
func (d *DB) Unhurried(ctx context.Context, q Querier) error {
	if d.kind != Postgres {
		return nil
	}
	_, err := One[string](ctx, q, "SELECT set_config('statement_timeout', '0', true)")
	return err
}
