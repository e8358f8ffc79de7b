package database

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5"
)

func (p *postgresDB) inTx(ctx context.Context, fn func(tx Tx) error) error {
	conn, err := p.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // returns it to the pool
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	work := &postgresTx{conn: conn, on: tx, layouts: p.layouts, arguments: p.arguments}
	if err := cmp.Or(fn(work), work.failed); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// postgresTx is a Tx that translates errors.
type postgresTx struct {
	conn   *sql.Conn // the connection of on
	on     *sql.Tx
	failed error // of the first Apply that failed
	*layouts

	arguments func(query string, args []any) []any
}

// ExecContext implements [Tx].
func (t *postgresTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	result, err := t.on.ExecContext(ctx, query, args...)
	return result, translate(err)
}

// QueryContext implements [Querier].
func (t *postgresTx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := t.on.QueryContext(ctx, query, t.arguments(query, args)...)
	return rows, translate(err)
}

// Apply sends the statements in one pipeline. It first checks that the transaction is still open: database/sql ends it
// as soon as its context ends, and without it each statement would be committed.
func (t *postgresTx) Apply(ctx context.Context, statements []Statement) error {
	err := translate(native(t.conn, func(conn *pgx.Conn) error {
		if conn.PgConn().TxStatus() == 'I' {
			return errEnded
		}
		return run(ctx, conn, &pgx.Batch{}, statements)
	}))
	t.failed = cmp.Or(t.failed, err)
	return err
}
