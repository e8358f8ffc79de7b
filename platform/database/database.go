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

// Engine is the kind of database behind a DB.
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

// Config says which database to open.
type Config struct {
	// URL is sqlite:///absolute/path/org.db, whose directory must exist, or postgres://…?search_path=org, where the
	// first schema of search_path holds all tables of the service.
	URL string
	// MaxConns bounds the connections to PostgreSQL, or the concurrent readers of SQLite; zero means 16.
	MaxConns int
	// ReadOnly opens a database that exists, to read it and nothing else: an audit's. Every write is an error. Of SQLite
	// it makes no file, so that a directory or a medium will do that may not be written; Close fails if a file that
	// nobody used came into use meanwhile, and then what was read does not count.
	ReadOnly bool
	// Tracer observes what calls ask of the database; nil disables tracing.
	Tracer trace.TracerProvider
	// Logger takes one record when the storage below the database is found damaged, or takes no writes; nil: none.
	Logger *slog.Logger
}

// defaultMaxConns is what one service replica needs to keep a small server busy.
const defaultMaxConns = 16

// DB is one open database. It is safe for use by many goroutines; Close ends it.
type DB struct {
	kind    Engine
	backend backend
	readers *sql.DB
	layouts *layouts
	tracing *tracing
	storage *storage
	closing func() error // closes the backend, once
}

// backend is what the two engines do differently. Errors come as the driver gives them, or translated.
type backend interface {
	apply(ctx context.Context, statements []Statement) error
	inTx(ctx context.Context, fn func(tx Tx) error) error // one attempt
	arguments(query string, args []any) []any             // of a query, with what the driver is to know of it before them
	listen(ctx context.Context, channel string, hear func(said string)) error
	notification(channel, say string) []Statement
	migrate(ctx context.Context, m *migrations, versionTable string) error
	hasTable(ctx context.Context, name string) (bool, error)
	close() error
}

// Open opens the database of cfg and makes sure that it answers. It creates a missing SQLite file, but no table:
// that is Migrate's.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	target, err := url.Parse(cfg.URL)
	if err != nil {
		return nil, errors.New("open database: its URL cannot be parsed") // err would repeat the password
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

// Close finishes the writes already accepted and closes the database; what is begun after it fails. Closing again
// repeats the answer.
func (d *DB) Close() error { return d.closing() }

// Engine tells which SQL dialect runs, for the few callers that must know.
func (d *DB) Engine() Engine { return d.kind }

// ForUpdate is the clause that ends a SELECT whose rows the transaction is going to change: " FOR UPDATE" on
// PostgreSQL, nothing on SQLite, where InTx is alone anyway.
func (d *DB) ForUpdate() string {
	if d.kind == Postgres {
		return " FOR UPDATE"
	}
	return ""
}

// Reader reads committed state, each query on its own. On SQLite it cannot write.
func (d *DB) Reader() Querier { return d.reader(d.readers) }

func (d *DB) reader(on Querier) reader {
	return reader{on: on, layouts: d.layouts, tracing: d.tracing, arguments: d.backend.arguments}
}

// Snapshot lets fn read one committed state of the whole database, however many queries it takes. It cannot write.
func (d *DB) Snapshot(ctx context.Context, fn func(ctx context.Context, q Querier) error) error {
	return d.snapshot(ctx, d.readers, fn)
}

// SnapshotApart is Snapshot on a connection that is closed afterwards, for what reads whole tables: SQLite keeps the pages
// that a connection has read, and would answer later calls from them where the file is damaged since.
func (d *DB) SnapshotApart(ctx context.Context, fn func(ctx context.Context, q Querier) error) error {
	return d.apart(ctx, func(conn *sql.Conn) error { return d.snapshot(ctx, conn, fn) })
}

// apart lets fn use a connection that is closed afterwards.
func (d *DB) apart(ctx context.Context, fn func(*sql.Conn) error) error {
	conn, err := d.readers.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", translate(err))
	}
	defer func() {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // database/sql closes it then
		_ = conn.Close()
	}()
	return fn(conn)
}

// beginner is a pool or one connection of it.
type beginner interface {
	BeginTx(ctx context.Context, opts *sql.TxOptions) (*sql.Tx, error)
}

func (d *DB) snapshot(ctx context.Context, on beginner, fn func(ctx context.Context, q Querier) error) error {
	tx, err := on.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin snapshot: %w", translate(err))
	}
	defer func() { _ = tx.Rollback() }() // nothing to keep
	return fn(ctx, d.reader(tx))
}

// Statement is one statement of an Apply.
type Statement struct {
	SQL  string
	Args []any
	// Rows is how many rows the statement must affect, zero included, or AnyRows. Demand it of an UPDATE or DELETE that
	// may miss; an INSERT of plain VALUES never misses without an error, and AnyRows spares it a round trip.
	Rows int64

	load *load   // instead of SQL
	into *Target // of an INSERT of rows and nothing else, which may share a statement with others
}

// AnyRows is the demand of a statement that may affect any number of rows.
const AnyRows int64 = -1

// Apply runs all statements, in order, in one transaction, or none of them. It returns *RowsError if a demand is not
// met and *UniqueError if a key exists already, both naming the statement. It is the fast way to write: on SQLite many
// Applies share one commit; on PostgreSQL it takes one round trip, or two if a statement demands rows.
//
// When ctx ends while the write waits for its turn, nothing is written and its error is returned. On PostgreSQL a write
// whose ctx ends later, or whose connection is lost, may or may not have happened: only a request id can tell.
func (d *DB) Apply(ctx context.Context, statements []Statement) (err error) {
	if len(statements) == 0 {
		return nil
	}
	ctx, end := d.tracing.begin(ctx, "WRITE", "")
	defer func() { end(err) }()
	return d.write(ctx, func() error { return d.backend.apply(ctx, statements) })
}

// Tx is a read-write transaction. It ends when the function it was given to returns.
type Tx interface {
	Querier
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	// Apply runs statements in order. It fails as DB.Apply does, and then so does the transaction. On PostgreSQL it takes
	// one round trip for all of them.
	Apply(ctx context.Context, statements []Statement) error
}

// InTx runs fn in a read-write transaction and commits if fn returns nil. It is READ COMMITTED on PostgreSQL; on SQLite
// no other write runs meanwhile, so fn must wait for nothing but tx. fn runs again after a serialization failure, a
// deadlock or a busy file, hence it keeps no state across calls. A write through the DB inside fn is refused.
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

// attempts bounds the runs of one write that keeps losing against others, and pause grows the wait between them.
const (
	attempts = 8
	pause    = 2 * time.Millisecond
)

// write runs once until it no longer loses against other transactions. SQLite would wait for ever on a write begun
// inside another one, so that is refused on both engines.
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

// Listen calls hear, from a goroutine of its own, with what a Notification for channel says, whenever a transaction with one
// commits in any process; and with "" whenever notifications may have been missed because the connection was lost. It
// returns once the first subscription stands; the subscription ends with ctx or Close. On SQLite it does nothing: there is
// no other process.
func (d *DB) Listen(ctx context.Context, channel string, hear func(said string)) error {
	return translate(d.backend.listen(ctx, channel, hear))
}

// Notification returns what tells the listeners of channel something when the transaction that runs it commits. PostgreSQL
// commits notifying transactions one at a time, so add it to those that are rare. On SQLite it is nothing.
func (d *DB) Notification(channel, say string) []Statement {
	return d.backend.notification(channel, say)
}

// reader is a Querier whose errors have a meaning.
type reader struct {
	on Querier
	*layouts
	tracing *tracing

	arguments func(query string, args []any) []any
}

// QueryContext is that of the pool or the transaction below.
func (r reader) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx, end := r.tracing.begin(ctx, operation(query), query)
	rows, err := r.on.QueryContext(ctx, query, r.arguments(query, args)...)
	end(err)
	return rows, translate(err)
}
