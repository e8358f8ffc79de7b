package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	// maxConnLife bounds the age of a connection, so that a replica follows its server when that moves.
	maxConnLife = time.Hour
	// goodbye bounds what is still said to a server after its caller has gone.
	goodbye = 5 * time.Second
)

// postgresDB is one schema of a PostgreSQL server.
type postgresDB struct {
	config  *pgx.ConnConfig
	schema  string
	pool    *sql.DB
	layouts *layouts
	groups  *groups

	closed    chan struct{} // closed by close
	listeners sync.WaitGroup
}

func openPostgres(ctx context.Context, cfg Config, layouts *layouts) (*postgresDB, error) {
	config, err := pgx.ParseConfig(cfg.URL)
	if err != nil {
		return nil, err // pgx leaves the password out
	}
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(cfg.MaxConns)
	pool.SetMaxIdleConns(cfg.MaxConns) // database/sql's two would reconnect all the time
	pool.SetConnMaxLifetime(maxConnLife)
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	p := &postgresDB{
		config: config, schema: firstSchema(config), pool: pool, layouts: layouts, closed: make(chan struct{}),
	}
	p.groups = &groups{run: func(ctx context.Context, statements []Statement) error {
		return p.pipeline(ctx, statements, applyPlain)
	}}
	return p, nil
}

// firstSchema is where unqualified tables are created.
func firstSchema(config *pgx.ConnConfig) string {
	first, _, _ := strings.Cut(config.RuntimeParams["search_path"], ",")
	if first = strings.Trim(first, ` "`); first == "" {
		return "public"
	}
	return first
}

// apply sends writes that demand something, and large ones, on their own; the others may share a transaction.
func (p *postgresDB) apply(ctx context.Context, statements []Statement) error {
	for _, s := range statements {
		if s.Rows != AnyRows {
			return p.pipeline(ctx, statements, applyChecked)
		}
	}
	if len(statements) > maxGrouped {
		return p.pipeline(ctx, statements, applyPlain)
	}
	return p.groups.do(ctx, statements)
}

// pipeline hands the statements to the native pipeline, which waits for the server once instead of once a statement.
func (p *postgresDB) pipeline(ctx context.Context, statements []Statement, send func(context.Context, *pgx.Conn, []Statement) error) error {
	conn, err := p.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // gives it back to the pool
	return conn.Raw(func(driverConn any) error {
		native, ok := driverConn.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("pipeline on %T: not a connection of pgx", driverConn)
		}
		return send(ctx, native.Conn(), statements)
	})
}

// applyPlain sends all statements with a single Sync: the server runs them as one implicit transaction and commits it
// at the Sync, in one round trip.
func applyPlain(ctx context.Context, conn *pgx.Conn, statements []Statement) error {
	batch := &pgx.Batch{QueuedQueries: make([]*pgx.QueuedQuery, 0, len(statements))}
	for _, s := range statements {
		batch.Queue(s.SQL, s.Args...)
	}
	results := conn.SendBatch(ctx, batch)
	for i := range statements {
		if _, err := results.Exec(); err != nil {
			_ = results.Close() // it repeats err
			return at(i, err)
		}
	}
	if err := results.Close(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// applyChecked sends BEGIN and all statements, looks at what they affected and commits or rolls back in a second round
// trip.
func applyChecked(ctx context.Context, conn *pgx.Conn, statements []Statement) error {
	batch := &pgx.Batch{QueuedQueries: make([]*pgx.QueuedQuery, 0, 1+len(statements))}
	batch.BeginTx(pgx.TxOptions{})
	for _, s := range statements {
		batch.Queue(s.SQL, s.Args...)
	}
	results := conn.SendBatch(ctx, batch)
	err := readDemanded(results, statements)
	if closing := results.Close(); err == nil {
		err = closing
	}
	if err != nil {
		rollback(ctx, results.Tx())
		return err
	}
	if err := results.Tx().Commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// rollback does not depend on the caller's patience. A connection that cannot roll back is not used again.
func rollback(ctx context.Context, tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer cancel()
	_ = tx.Rollback(ctx)
}

func readDemanded(results pgx.BatchResults, statements []Statement) error {
	if _, err := results.Exec(); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	var unmet error
	for i, s := range statements {
		tag, err := results.Exec()
		if err != nil {
			return at(i, err)
		}
		if unmet == nil {
			unmet = demand(i, s, tag.RowsAffected())
		}
	}
	return unmet
}

func (p *postgresDB) inTx(ctx context.Context, fn func(tx Tx) error) error {
	tx, err := p.pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if err := fn(&postgresTx{on: tx, layouts: p.layouts}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

func (p *postgresDB) hasTable(ctx context.Context, name string) (bool, error) {
	return One[bool](ctx, p.pool,
		`SELECT COUNT(*) > 0 FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1`, name)
}

func (p *postgresDB) close() error {
	close(p.closed)
	p.listeners.Wait()
	p.groups.busy.Wait()
	return p.pool.Close()
}

// postgresTx is a Tx whose errors have a meaning.
type postgresTx struct {
	on *sql.Tx
	*layouts
}

// ExecContext is sql.Tx's.
func (t *postgresTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	result, err := t.on.ExecContext(ctx, query, args...)
	return result, translate(err)
}

// QueryContext is sql.Tx's.
func (t *postgresTx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := t.on.QueryContext(ctx, query, args...)
	return rows, translate(err)
}
