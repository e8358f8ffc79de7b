package suite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// establish makes a file that its owner alone may read, unless it is there. Where it was there before, its loss is an
// error: what is made anew fits nothing that the old one has sealed or signed.
func establish(path string, used bool, content func() (string, error)) error {
	_, err := os.Stat(path)
	switch {
	case err == nil:
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("look for key: %w", err)
	case used:
		return fmt.Errorf("the key %s is missing; bring it back from the backup", path)
	}
	text, err := content()
	if err != nil {
		return fmt.Errorf("make %s: %w", path, err)
	}
	return write(path, text, 0o600)
}

// write puts a file in place whole and for good, because what the databases keep for good depends on it.
func write(path, text string, mode fs.FileMode) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("keep key: %w", err)
	}
	defer dir.Close() //nolint:errcheck // only synced
	draft, err := os.CreateTemp(dir.Name(), ".draft-*")
	if err != nil {
		return fmt.Errorf("keep key: %w", err)
	}
	_, err = draft.WriteString(text)
	err = errors.Join(err, draft.Chmod(mode), draft.Sync(), draft.Close())
	if err == nil {
		err = os.Rename(draft.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("keep key: %w", errors.Join(err, os.Remove(draft.Name())))
	}
	if err := dir.Sync(); err != nil {
		return fmt.Errorf("keep key: %w", err)
	}
	return nil
}
