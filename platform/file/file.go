// Package file replaces whole files atomically.
package file

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Replace writes a file so that a reader finds either the old content or the new content. When it returns nil, the
// content has reached stable storage. It writes a temporary file in the same folder first, so the folder must be
// writable.
func Replace(path string, content []byte, mode fs.FileMode) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer folder.Close() //nolint:errcheck // only synced
	draft, err := os.CreateTemp(folder.Name(), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	_, err = draft.Write(content)
	err = errors.Join(err, draft.Chmod(mode), draft.Sync(), draft.Close())
	if err == nil {
		err = os.Rename(draft.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(draft.Name()))
	}
	return folder.Sync()
}
