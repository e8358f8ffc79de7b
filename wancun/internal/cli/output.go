package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
)

// output is the writer of a command's result. Commands need not check its errors: it prints the first write error and
// makes the command fail, because a truncated bulletin looks like a complete one.
type output struct {
	to, note io.Writer

	mu     sync.Mutex
	failed bool
}

// Write implements [io.Writer].
func (o *output) Write(b []byte) (int, error) {
	n, err := o.to.Write(b)
	if err == nil {
		return n, nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.failed {
		o.failed = true
		_, _ = fmt.Fprintf(o.note, "wancun: the result could not be written to standard output: %v\n", bare(err))
	}
	return n, err
}

// bare removes the file name from a file error: the user did not name the file.
func bare(err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

// broken reports whether a write has failed.
func (o *output) broken() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.failed
}

// ended returns the final exit code of a command that returned code.
func (o *output) ended(code int) int {
	if o.broken() && code == exitOK {
		return exitFailed
	}
	return code
}
