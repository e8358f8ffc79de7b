package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
)

// output is where a command's result goes. Commands write to it without looking back: what it could not take is said at
// once, and makes the command fail however it ended itself, because a bulletin that is cut short looks like a whole one.
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

// bare is an error of a file without the file's name, which its user never gave.
func bare(err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

// broken says whether something could not be written.
func (o *output) broken() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.failed
}

// ended is the exit code of a command that ended with this one.
func (o *output) ended(code int) int {
	if o.broken() && code == exitOK {
		return exitFailed
	}
	return code
}
