package suite

import (
	"fmt"
	"path/filepath"

	"github.com/gofrs/flock"
)

// InUseError means that another process uses the data directory.
type InUseError struct {
	// Dir is the data directory.
	Dir string
}

func (e *InUseError) Error() string {
	return fmt.Sprintf("the data directory %s is in use by another wancun process; stop it, or choose another with --data", e.Dir)
}

// lock keeps other processes out of a data directory. The operating system releases the lock whenever the process ends.
func lock(dir string) (*flock.Flock, error) {
	l := flock.New(filepath.Join(dir, "lock"))
	taken, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock data directory: %w", err)
	}
	if !taken {
		return nil, &InUseError{Dir: dir}
	}
	return l, nil
}
