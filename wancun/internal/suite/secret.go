package suite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/wancun/wancun/platform/file"
)

// establish makes a file that only its owner can read, unless it exists. used means that it existed before: then its
// absence is an error, because a new key could not open what the old one has sealed, nor continue what it has signed.
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

// write writes a file completely and durably before it returns, because the databases depend on its content.
func write(path, text string, mode fs.FileMode) error {
	if err := file.Replace(path, []byte(text), mode); err != nil {
		return fmt.Errorf("keep key: %w", err)
	}
	return nil
}
