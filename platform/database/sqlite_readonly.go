package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"time"

	"modernc.org/sqlite"
	lite3 "modernc.org/sqlite/lib"
)

// sqliteReader reads one file and creates none.
//
// A file with a write-ahead log beside it is in use, or was when its process died. It is read together with the log, as
// any other connection reads it. Without a log no process has the file open, and the file is complete. It is then
// opened as immutable: otherwise SQLite would create a log even to read, which a read-only medium does not allow.
type sqliteReader struct {
	path      string
	readers   *sql.DB
	immutable *fileState // nil if the log is read too
}

// fileState is the size and the time of a file that was opened as immutable.
type fileState struct {
	size     int64
	modified time.Time
}

func openSQLiteReader(ctx context.Context, path string, maxConns int, on *storage) (*sqliteReader, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	s := &sqliteReader{path: path}
	query := url.Values{"mode": {"ro"}, "_busy_timeout": {"5000"}}
	used, err := s.used()
	if err != nil {
		return nil, err
	}
	if !used {
		query.Set("immutable", "1")
		s.immutable = &fileState{info.Size(), info.ModTime()}
	}
	dsn := (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String()
	if s.readers, err = sqlitePoolOf(path, dsn, maxConns, on); err != nil {
		return nil, err
	}
	if _, err := s.hasTable(ctx, ""); err != nil { // reads the file, which a ping does not
		return nil, errors.Join(s.explain(err), s.readers.Close())
	}
	return s, nil
}

// used reports whether there is a write-ahead log.
func (s *sqliteReader) used() (bool, error) {
	_, err := os.Stat(s.path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// explain adds the reason, because SQLite only reports that it cannot open the file.
func (s *sqliteReader) explain(err error) error {
	lite, ok := errors.AsType[*sqlite.Error](err)
	if !ok || primary(lite.Code()) != lite3.SQLITE_CANTOPEN {
		return damagedFile(s.path, err)
	}
	f, failed := os.Open(s.path)
	if failed != nil {
		return failed // the system's error has the reason
	}
	_ = f.Close() // nothing was written
	if s.immutable != nil {
		return err
	}
	return fmt.Errorf("%s-wal holds writes that are not in the file yet, and cannot be read where nothing may be written: "+
		"copy the directory to where it can, or end the process that uses it", s.path)
}

var errReadOnly = errors.New("the database was opened to be read only")

func (s *sqliteReader) apply(context.Context, []Statement) error { return errReadOnly }

func (s *sqliteReader) inTx(context.Context, func(tx Tx) error) error { return errReadOnly }

func (s *sqliteReader) migrate(context.Context, *migrations, string) error { return errReadOnly }

func (s *sqliteReader) arguments(_ string, args []any) []any { return args }

func (s *sqliteReader) listen(context.Context, string, func(string)) error { return nil }

func (s *sqliteReader) notification(string, string) []Statement { return nil }

func (s *sqliteReader) hasTable(ctx context.Context, name string) (bool, error) {
	return hasSQLiteTable(ctx, s.readers, name)
}

// close returns an error if a file that was opened as immutable has changed: what was read may mix two states.
func (s *sqliteReader) close() error {
	err := s.readers.Close()
	if s.immutable == nil {
		return err
	}
	info, failed := os.Stat(s.path)
	if failed != nil {
		return errors.Join(err, failed)
	}
	used, failed := s.used()
	if failed != nil {
		return errors.Join(err, failed)
	}
	if used || s.immutable.size != info.Size() || !s.immutable.modified.Equal(info.ModTime()) {
		return errors.Join(err, fmt.Errorf("%s came into use while it was read: what was found does not count, begin again", s.path))
	}
	return err
}
