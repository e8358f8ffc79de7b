package suite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/wancun/wancun/platform/file"
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
	if err := file.Replace(path, []byte(text), mode); err != nil {
		return fmt.Errorf("keep key: %w", err)
	}
	return nil
}
