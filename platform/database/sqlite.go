package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"

	"modernc.org/sqlite"
)

// sqliteDB is one file: a writer that owns the write connection, and the pool of readers.
type sqliteDB struct {
	path    string
	readers *sql.DB
	writer  *writer
	storage *storage
}

// sqliteFile returns the file that a URL names.
func sqliteFile(target *url.URL) (string, error) {
	if target.Host != "" || !filepath.IsAbs(target.Path) || target.RawQuery != "" {
		return "", errors.New("URL must have the form sqlite:///absolute/path.db, without parameters")
	}
	return target.Path, nil
}

// fileStorage returns the storage of a SQLite file.
func fileStorage(path string, logger *slog.Logger) *storage {
	return &storage{where: path, logger: logger, restore: restoreFile}
}

const restoreFile = "stop the process, move the file and its -wal and -shm away, and put the file back from the newest backup"

func openSQLite(ctx context.Context, path string, maxConns int, layouts *layouts, on *storage) (*sqliteDB, error) {
	w, err := openWriter(ctx, path, layouts, on)
	if err != nil {
		return nil, unusable(path, err)
	}
	readers, err := sqlitePool(path, url.Values{"_query_only": {"true"}}, maxConns, on)
	if err == nil {
		err = readers.PingContext(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return &sqliteDB{path: path, readers: readers, writer: w, storage: on}, nil
}

// sqliteDSN sets what every connection to the file needs. FULL makes a commit wait for its fsync. NORMAL would lose
// acknowledged writes at a power cut, and the journal would then assign positions twice.
func sqliteDSN(path string, more url.Values) string {
	query := url.Values{
		"_busy_timeout": {"5000"},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_foreign_keys": {"true"},
	}
	for key, values := range more {
		query[key] = values
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String()
}

func sqlitePool(path string, more url.Values, conns int, on *storage) (*sql.DB, error) {
	return sqlitePoolOf(path, sqliteDSN(path, more), conns, on)
}

func sqlitePoolOf(path, dsn string, conns int, on *storage) (*sql.DB, error) {
	connector, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	pool := sql.OpenDB(cachingConnector{connector, on.found})
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	return pool, nil
}

func (s *sqliteDB) apply(ctx context.Context, statements []Statement) error {
	return s.writer.do(ctx, func(tx Tx) error { return tx.Apply(ctx, statements) })
}

func (s *sqliteDB) inTx(ctx context.Context, fn func(tx Tx) error) error {
	return s.writer.runOnCaller(ctx, fn)
}

func (s *sqliteDB) listen(context.Context, string, func(string)) error { return nil }

func (s *sqliteDB) notification(string, string) []Statement { return nil }

func (s *sqliteDB) hasTable(ctx context.Context, name string) (bool, error) {
	return hasSQLiteTable(ctx, s.readers, name)
}

func hasSQLiteTable(ctx context.Context, q Querier, name string) (bool, error) {
	return One[bool](ctx, q, `SELECT COUNT(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = $1`, name)
}

func (s *sqliteDB) arguments(_ string, args []any) []any { return args }

// close closes the readers first, so that the writer's connection is the last to close and copies the WAL into the
// file.
func (s *sqliteDB) close() error { return errors.Join(s.readers.Close(), s.writer.close()) }
