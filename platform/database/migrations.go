package database

import (
	"context"
	"database/sql"
	"fmt"
	"hash/fnv"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"modernc.org/sqlite"
)

// migrations are the migrations of a set for one engine.
type migrations struct {
	dir      fs.FS
	excluded []string // the other engine's files
	versions []int64
	steps    []Step
	inGo     []*goose.Migration // the steps, once on has bound them to a database
}

// readMigrations finds the one directory of set that has SQL files, and the files in it that are for the engine.
func readMigrations(kind Engine, set fs.FS, steps []Step) (*migrations, error) {
	files, err := sqlFiles(set)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, errNoMigrations
	}
	dir := path.Dir(files[0])
	m := &migrations{}
	if m.dir, err = fs.Sub(set, dir); err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	for _, file := range files {
		if path.Dir(file) != dir {
			return nil, fmt.Errorf("read migrations: %s and %s are in different directories", files[0], file)
		}
		if err := m.add(kind, path.Base(file)); err != nil {
			return nil, err
		}
	}
	for _, step := range steps {
		if slices.Contains(m.versions, step.Version) {
			return nil, fmt.Errorf("migration %d stands twice", step.Version)
		}
		m.versions = append(m.versions, step.Version)
	}
	m.steps = steps
	return m, nil
}

// on turns the steps into migrations of a database. They run outside goose's transaction and do not use its connection,
// which is idle meanwhile and blocks no writer.
func (m *migrations) on(d *DB) *migrations {
	for _, step := range m.steps {
		up := &goose.GoFunc{Mode: goose.TransactionDisabled}
		if step.Run != nil {
			up.RunDB = func(ctx context.Context, _ *sql.DB) error { return step.Run(ctx, d) }
		}
		m.inGo = append(m.inGo, goose.NewGoMigration(step.Version, up, nil))
	}
	return m
}

func sqlFiles(set fs.FS) ([]string, error) {
	var files []string
	err := fs.WalkDir(set, ".", func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && path.Ext(file) == ".sql" {
			files = append(files, file)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return files, nil
}

// add adds a file, or excludes it if it is for the other engine. A file for one engine needs a twin for the other;
// otherwise the two schemas would drift apart.
func (m *migrations) add(kind Engine, file string) error {
	for engine, other := range map[Engine]Engine{SQLite: Postgres, Postgres: SQLite} {
		stem, only := strings.CutSuffix(file, "."+engine.String()+".sql")
		if !only {
			continue
		}
		twin := stem + "." + other.String() + ".sql"
		if _, err := fs.Stat(m.dir, twin); err != nil {
			return fmt.Errorf("migration %s stands without %s", file, twin)
		}
		if engine != kind {
			m.excluded = append(m.excluded, file)
			return nil
		}
	}
	version, err := goose.NumericComponent(file)
	if err != nil {
		return fmt.Errorf("migration %s: %w", file, err)
	}
	m.versions = append(m.versions, version)
	return nil
}

func (m *migrations) up(ctx context.Context, dialect goose.Dialect, pool *sql.DB, versionTable string,
	more ...goose.ProviderOption,
) error {
	options := slices.Concat(more, []goose.ProviderOption{
		goose.WithTableName(versionTable),
		goose.WithExcludeNames(m.excluded),
		goose.WithGoMigrations(m.inGo...),
		goose.WithDisableGlobalRegistry(true),
		goose.WithAllowOutofOrder(true),
	})
	provider, err := goose.NewProvider(dialect, pool, m.dir, options...)
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}

// lockPoll is how often a process checks whether another one has finished migrating.
const lockPoll = 20 * time.Millisecond

// migrate opens its own connection, because the writer's connection never leaves the writer. goose has no lock for
// SQLite, so migrate locks a file beside the database; the kernel releases the lock when the process ends.
func (s *sqliteDB) migrate(ctx context.Context, m *migrations, versionTable string) error {
	guard := flock.New(s.path + ".migrate")
	defer func() { _ = guard.Close() }() // unlocks
	if _, err := guard.TryLockContext(ctx, lockPoll); err != nil {
		return fmt.Errorf("lock %s: %w", guard.Path(), err)
	}
	connector, err := sqlite.NewConnector(sqliteDSN(s.path, nil))
	if err != nil {
		return err
	}
	pool := sql.OpenDB(connector)
	defer func() { _ = pool.Close() }() // every migration is committed by then
	return m.up(ctx, goose.DialectSQLite3, pool, versionTable)
}

// The locker asks once a second for up to 15 minutes, which a long migration may take.
const (
	lockPeriodSeconds = 1
	lockPeriods       = 15 * 60
)

func (p *postgresDB) migrate(ctx context.Context, m *migrations, versionTable string) error {
	if err := p.createSchema(ctx); err != nil {
		return fmt.Errorf("create schema %s: %w", p.schema, err)
	}
	locker, err := lock.NewPostgresSessionLocker(
		lock.WithLockID(lockID(p.schema, versionTable)),
		lock.WithLockTimeout(lockPeriodSeconds, lockPeriods),
	)
	if err != nil {
		return err
	}
	pool := stdlib.OpenDB(*p.patient)   // no limits: a migration may take long and waits for users of its tables
	defer func() { _ = pool.Close() }() // every migration is committed by then
	return m.up(ctx, goose.DialectPostgres, pool, versionTable, goose.WithSessionLocker(locker))
}

// createSchema checks before it creates: CREATE SCHEMA IF NOT EXISTS needs a privilege on the database even if the
// schema exists, and fails if two sessions run it at once.
func (p *postgresDB) createSchema(ctx context.Context) error {
	return p.inTx(ctx, func(tx Tx) error {
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", lockID(p.schema)); err != nil {
			return err
		}
		exists, err := One[bool](ctx, tx, "SELECT COUNT(*) > 0 FROM pg_namespace WHERE nspname = $1", p.schema)
		if err != nil || exists {
			return err
		}
		_, err = tx.ExecContext(ctx, "CREATE SCHEMA "+pgx.Identifier{p.schema}.Sanitize())
		return err
	})
}

// lockID returns the number of an advisory lock. If two names have the same number, one needlessly waits for the other.
func lockID(names ...string) int64 {
	h := fnv.New64a()
	for _, name := range names {
		_, _ = h.Write([]byte(name + "\x00")) // a hash never fails
	}
	return int64(h.Sum64() >> 1)
}
