package database

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"modernc.org/sqlite"
	lite3 "modernc.org/sqlite/lib"
)

// unusable returns an error that explains why SQLite cannot open a file for writing. SQLite names neither the file nor
// the reason. So unusable opens the file itself, and creates a file beside it, as SQLite does for the write-ahead log.
func unusable(path string, err error) error {
	lite, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err
	}
	switch primary(lite.Code()) {
	case lite3.SQLITE_CANTOPEN, lite3.SQLITE_READONLY, lite3.SQLITE_PERM, lite3.SQLITE_FULL, lite3.SQLITE_IOERR:
	default:
		return damagedFile(path, err)
	}
	obstacle := tryFile(path)
	if obstacle == nil {
		obstacle = tryDirectory(filepath.Dir(path))
	}
	if obstacle == nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return obstacle
}

// damagedFile names the file and, if err reports that it is damaged or not a database, how to restore it.
func damagedFile(path string, err error) error {
	if damaging(err) {
		return fmt.Errorf("%s cannot be read: %w; %s", path, dataLoss(err), restoreFile)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// tryFile opens the file as SQLite does. A file that does not exist yet is no obstacle.
func tryFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err == nil {
		return f.Close()
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return obstructed(path, err)
}

// tryDirectory writes a page to a temporary file in dir.
func tryDirectory(dir string) error {
	if _, err := os.Stat(dir); err != nil {
		return obstructed(dir, err)
	}
	f, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return obstructed(dir, err)
	}
	_, err = f.Write(make([]byte, 4096))
	if err = errors.Join(err, f.Close(), os.Remove(f.Name())); err != nil {
		return obstructed(dir, err)
	}
	return nil
}

// obstructed returns an error that names the path and what is wrong with it.
func obstructed(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s does not exist: %w", path, err)
	case errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%s is read-only: %w", path, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s may not be written by this user: %w", path, err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("there is no space left for %s: %w", path, err)
	}
	return fmt.Errorf("%s cannot be used: %w", path, err)
}
