package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/wancun/wancun/platform/fault"
)

// Engine is the kind of a database.
type Engine int

// The engines.
const (
	SQLite Engine = iota + 1
	Postgres
)

func (e Engine) String() string {
	switch e {
	case SQLite:
		return "sqlite"
	case Postgres:
		return "postgres"
	}
	return fmt.Sprintf("Engine(%d)", int(e))
}

// Config is the database that Open opens, and how.
type Config struct {
	// URL is sqlite:///absolute/path/org.db, whose directory must exist, or postgres://…?search_path=org, where the
	// first schema of search_path holds all tables of the service.
	URL string
	// MaxConns bounds the connections to PostgreSQL, or the concurrent readers of SQLite; zero means 16.
	MaxConns int
	// ReadOnly opens an existing database for reading only, as an audit does. Every write returns an error. On SQLite
	// it creates no file, so the directory may be read-only. If a file that no process had open comes into use while it
	// is read, Close returns an error, and what was read is not valid.
	ReadOnly bool
	// Tracer records a span for each database operation of a call; nil disables tracing.
	Tracer trace.TracerProvider
	// Logger receives a record when the storage below the database is found damaged, refuses writes, or accepts them
	// again; nil disables logging.
	Logger *slog.Logger
}

// defaultMaxConns is what one service replica needs to keep a small server busy.
const defaultMaxConns = 16

// DB is an open database. It is safe for concurrent use. Close closes it.
type DB struct {
	kind    Engine
	backend backend
	readers *sql.DB
	layouts *layouts
	tracing *tracing
	storage *storage
	closing func() error // closes the backend, once
}

// backend has the operations that differ between the engines. Its errors may be the driver's or translated.
type backend interface {
	apply(ctx context.Context, statements []Statement) error
	inTx(ctx context.Context, fn func(tx Tx) error) error // runs fn once
	arguments(query string, args []any) []any             // args of a query, preceded by options for the driver
	listen(ctx context.Context, channel string, receive func(payload string)) error
	notification(channel, payload string) []Statement
	migrate(ctx context.Context, m *migrations, versionTable string) error
	hasTable(ctx context.Context, name string) (bool, error)
	close() error
}

// Open opens the database of cfg and checks that it answers. It creates a missing SQLite file but no tables; Migrate
// creates those.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	target, err := url.Parse(cfg.URL)
	if err != nil {
		return nil, errors.New("open database: its URL cannot be parsed") // err would contain the password
	}
	if cfg.MaxConns <= 0 {
		cfg.MaxConns = defaultMaxConns
	}
	switch target.Scheme {
	case "sqlite":
		return openFile(ctx, target, cfg)
	case "postgres", "postgresql":
		layouts := &layouts{}
		p, err := openPostgres(ctx, cfg, layouts)
		if err != nil {
			return nil, fmt.Errorf("open database: %w", translate(err))
		}
		return newDB(Postgres, p, p.pool, layouts, p.storage, cfg.Tracer), nil
	default:
		return nil, fmt.Errorf("open database: URL scheme is %q, want sqlite or postgres", target.Scheme)
	}
}

func openFile(ctx context.Context, target *url.URL, cfg Config) (*DB, error) {
	path, err := sqliteFile(target)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	layouts, on := &layouts{}, fileStorage(path, cfg.Logger)
	if cfg.ReadOnly {
		s, err := openSQLiteReader(ctx, path, cfg.MaxConns, on)
		if err != nil {
			return nil, fmt.Errorf("open database: %w", translate(err))
		}
		return newDB(SQLite, s, s.readers, layouts, on, cfg.Tracer), nil
	}
	s, err := openSQLite(ctx, path, cfg.MaxConns, layouts, on)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", translate(err))
	}
	return newDB(SQLite, s, s.readers, layouts, on, cfg.Tracer), nil
}

func newDB(kind Engine, b backend, readers *sql.DB, layouts *layouts, on *storage, tracer trace.TracerProvider) *DB {
	return &DB{
		kind: kind, backend: b, readers: readers, layouts: layouts, storage: on, tracing: newTracing(tracer, kind),
		closing: sync.OnceValue(b.close),
	}
}

// Close finishes the writes already accepted and closes the database. Calls that begin later fail. A second Close
// returns the result of the first.
func (d *DB) Close() error { return d.closing() }

// Engine returns the engine, for the few callers that need to know the SQL dialect.
func (d *DB) Engine() Engine { return d.kind }

// ForUpdate returns the clause that ends a SELECT whose rows the transaction will change: " FOR UPDATE" on PostgreSQL,
// "" on SQLite, where InTx runs alone anyway.
func (d *DB) ForUpdate() string {
	if d.kind == Postgres {
		return " FOR UPDATE"
	}
	return ""
}

// Reader returns a Querier that reads committed state, each query by itself. On SQLite it cannot write.
func (d *DB) Reader() Querier { return d.reader(d.readers) }

func (d *DB) reader(on Querier) reader {
	return reader{on: on, layouts: d.layouts, tracing: d.tracing, arguments: d.backend.arguments}
}

// Snapshot calls fn with a Querier whose queries all see the same committed state of the whole database. It cannot
// write.
func (d *DB) Snapshot(ctx context.Context, fn func(ctx context.Context, q Querier) error) error {
	return d.snapshot(ctx, d.readers, fn)
}

// SnapshotApart is Snapshot on a connection that is closed afterwards. Use it to read whole tables: SQLite keeps the
// pages that a connection has read, and would answer later calls from them even if the file was damaged since.
func (d *DB) SnapshotApart(ctx context.Context, fn func(ctx context.Context, q Querier) error) error {
	return d.apart(ctx, func(conn *sql.Conn) error { return d.snapshot(ctx, conn, fn) })
}

// apart calls fn with a connection that is closed afterwards.
func (d *DB) apart(ctx context.Context, fn func(*sql.Conn) error) error {
	conn, err := d.readers.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", translate(err))
	}
	defer func() {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // makes database/sql close it
		_ = conn.Close()
	}()
	return fn(conn)
}

// beginner is a connection pool or one of its connections.
type beginner interface {
	BeginTx(ctx context.Context, opts *sql.TxOptions) (*sql.Tx, error)
}

func (d *DB) snapshot(ctx context.Context, on beginner, fn func(ctx context.Context, q Querier) error) error {
	tx, err := on.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin snapshot: %w", translate(err))
	}
	defer func() { _ = tx.Rollback() }() // a snapshot writes nothing
	return fn(ctx, d.reader(tx))
}

// Statement is one statement of an Apply.
type Statement struct {
	SQL  string
	Args []any
	// Rows is the number of rows that the statement must affect, zero included, or AnyRows. Set it for an UPDATE or
	// DELETE that may match no row. Use AnyRows for an INSERT of plain VALUES, which inserts all rows or returns an
	// error: it saves a round trip.
	Rows int64

	load *load   // used instead of SQL
	into *Target // set for a plain INSERT of rows, which may share a statement with other writes
}

// AnyRows lets a statement affect any number of rows.
const AnyRows int64 = -1

// Apply runs all statements in order in one transaction, or none of them. It returns *RowsError if a statement affects
// another number of rows than it demands, and *UniqueError if a key exists already; both name the statement. It is the
// fast way to write: on SQLite many Applies share one commit; on PostgreSQL it takes one round trip, or two if a
// statement demands rows.
//
// If ctx ends while the write waits to begin, nothing is written and Apply returns the error of ctx. On PostgreSQL, a
// write whose ctx ends later or whose connection is lost may or may not be committed; only a request id can show which.
func (d *DB) Apply(ctx context.Context, statements []Statement) (err error) {
	if len(statements) == 0 {
		return nil
	}
	ctx, end := d.tracing.begin(ctx, "WRITE", "")
	defer func() { end(err) }()
	return d.write(ctx, func() error { return d.backend.apply(ctx, statements) })
}

// Tx is a read-write transaction. It ends when the function that received it returns.
type Tx interface {
	Querier
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	// Apply runs statements in order. It returns the same errors as DB.Apply; after an error the transaction fails too.
	// On PostgreSQL all statements take one round trip.
	Apply(ctx context.Context, statements []Statement) error
}

// InTx runs fn in a read-write transaction and commits if fn returns nil. The transaction is READ COMMITTED on
// PostgreSQL. On SQLite no other write runs meanwhile, so fn must wait for nothing but tx. After a serialization
// failure, a deadlock or a busy file fn runs again, so it must keep no state between calls. A write through the DB
// inside fn is refused.
func (d *DB) InTx(ctx context.Context, fn func(ctx context.Context, tx Tx) error) (err error) {
	ctx, end := d.tracing.begin(ctx, "TRANSACTION", "")
	defer func() { end(err) }()
	inside := context.WithValue(ctx, insideTx{}, d)
	return d.write(ctx, func() error {
		return d.backend.inTx(ctx, func(tx Tx) error { return fn(inside, tx) })
	})
}

// insideTx marks the context of an InTx function with the DB it belongs to.
type insideTx struct{}

// attempts bounds how often a write runs that conflicts with others. After attempt n it waits n times pause.
const (
	attempts = 8
	pause    = 2 * time.Millisecond
)

// write runs once again, up to attempts times, while it conflicts with other transactions. A write inside another one
// is refused on both engines: on SQLite each would wait for the other.
func (d *DB) write(ctx context.Context, once func() error) error {
	if ctx.Value(insideTx{}) == d {
		return errNested
	}
	for attempt := 1; ; attempt++ {
		err := once()
		if !retryable(err) {
			err = translate(err)
			d.storage.wrote(err)
			return err
		}
		if attempt == attempts {
			return fault.Unavailable(ReasonBusy, retryAfter, err)
		}
		if err := wait(ctx, time.Duration(attempt)*pause); err != nil {
			return err
		}
	}
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Listen calls receive, on its own goroutine, with the payload of each Notification for channel that a transaction
// commits in any process. It calls receive with "" after the connection was lost, when notifications may have been
// missed. Listen returns once the first subscription is active; the subscription ends with ctx or Close. On SQLite it
// does nothing, because there is no other process.
func (d *DB) Listen(ctx context.Context, channel string, receive func(payload string)) error {
	return translate(d.backend.listen(ctx, channel, receive))
}

// Notification returns the statements that send payload to the listeners of channel when their transaction commits.
// PostgreSQL commits notifying transactions one at a time, so add them to rare transactions only. On SQLite it returns
// none.
func (d *DB) Notification(channel, payload string) []Statement {
	return d.backend.notification(channel, payload)
}

// reader is a Querier that traces its queries and translates their errors.
type reader struct {
	on Querier
	*layouts
	tracing *tracing

	arguments func(query string, args []any) []any
}

// QueryContext runs a query on the pool or the transaction below.
func (r reader) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx, end := r.tracing.begin(ctx, operation(query), query)
	rows, err := r.on.QueryContext(ctx, query, r.arguments(query, args)...)
	end(err)
	return rows, translate(err)
}
