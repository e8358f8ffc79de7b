package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	// maxConnLife bounds the age of a connection, so that a replica follows its server to a new address.
	maxConnLife = time.Hour
	// goodbye bounds how long a rollback or a close may take after its caller has gone.
	goodbye = 5 * time.Second
)

// postgresDB is one schema of a PostgreSQL server.
type postgresDB struct {
	config  *pgx.ConnConfig
	patient *pgx.ConnConfig // config without limits, for migrations
	schema  string
	pool    *sql.DB
	layouts *layouts
	storage *storage
	groups  *groups

	closed    chan struct{} // closed by close
	listeners sync.WaitGroup
}

func openPostgres(ctx context.Context, cfg Config, layouts *layouts) (*postgresDB, error) {
	config, err := pgx.ParseConfig(cfg.URL)
	if err != nil {
		return nil, err // pgx leaves the password out
	}
	on := serverStorage(config, cfg.Logger)
	goOn := config.OnPgError
	config.OnPgError = func(conn *pgconn.PgConn, e *pgconn.PgError) bool {
		on.found(e)
		return goOn(conn, e)
	}
	lively(config)
	if cfg.ReadOnly { // an audit writes nothing, and its snapshot may take longer than the limits
		config.RuntimeParams["default_transaction_read_only"] = "on"
	}
	patient := config.Copy()
	if !cfg.ReadOnly {
		limit(config)
	}
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(cfg.MaxConns)
	pool.SetMaxIdleConns(cfg.MaxConns) // the default of 2 would reconnect all the time
	pool.SetConnMaxLifetime(maxConnLife)
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	if err := sortsByBytes(ctx, pool); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	p := &postgresDB{
		config: config, patient: patient, schema: firstSchema(config), pool: pool, layouts: layouts, storage: on, closed: make(chan struct{}),
	}
	p.groups = &groups{run: p.transact}
	return p, nil
}

// serverStorage returns the storage of a schema on a server.
func serverStorage(config *pgx.ConnConfig, logger *slog.Logger) *storage {
	return &storage{
		where: fmt.Sprintf("schema %s of database %s at %s:%d", firstSchema(config), config.Database, config.Host, config.Port), logger: logger,
		restore: "look into PostgreSQL's log for the relation and its disk; rebuild a damaged index by REINDEX, " +
			"restore anything else from the newest backup, and restart this process",
	}
}

// sortsByBytes refuses a database that sorts text by the rules of a language. There, ranges of codes and names, and
// pages in their order, would miss rows and differ from SQLite.
func sortsByBytes(ctx context.Context, pool *sql.DB) error {
	var bytewise bool
	if err := pool.QueryRowContext(ctx, `SELECT 'B' < 'a' AND 'a:' > 'a0'`).Scan(&bytewise); err != nil {
		return err
	}
	if !bytewise {
		return errors.New("the database sorts text by a language; create it with TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
	}
	return nil
}

// longList is the number of arguments from which a SELECT is planned at each run. A cached plan is made for the table
// as it was when the statement was prepared: if the table was still empty, PostgreSQL reads all of it to find a list of
// keys. It looks up one or two keys in the index even then.
const longList = 16

func (p *postgresDB) arguments(query string, args []any) []any {
	if len(args) < longList || !strings.HasPrefix(query, "SELECT") {
		return args
	}
	return append([]any{pgx.QueryExecModeCacheDescribe}, args...)
}

// firstSchema returns the schema in which unqualified tables are created.
func firstSchema(config *pgx.ConnConfig) string {
	first, _, _ := strings.Cut(config.RuntimeParams["search_path"], ",")
	if first = strings.Trim(first, ` "`); first == "" {
		return "public"
	}
	return first
}

// apply groups small plain writes, so that they share a transaction. Other writes have their own.
func (p *postgresDB) apply(ctx context.Context, statements []Statement) error {
	if len(statements) <= maxGrouped && plain(statements) {
		return p.groups.do(ctx, statements)
	}
	return p.transact(ctx, statements)
}

// transact runs statements in their own transaction.
func (p *postgresDB) transact(ctx context.Context, statements []Statement) error {
	return p.withConn(ctx, func(conn *pgx.Conn) error { return transact(ctx, conn, statements) })
}

// withConn calls use with a connection of the pool. It bypasses database/sql, because only pgx itself has pipelines and
// COPY.
func (p *postgresDB) withConn(ctx context.Context, use func(conn *pgx.Conn) error) error {
	conn, err := p.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // returns it to the pool
	return native(conn, use)
}

func native(conn *sql.Conn, use func(conn *pgx.Conn) error) error {
	return conn.Raw(func(driverConn any) error {
		c, ok := driverConn.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("use %T: not a connection of pgx", driverConn)
		}
		return use(c.Conn())
	})
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
