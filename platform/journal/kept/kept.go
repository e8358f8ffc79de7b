package kept

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/file"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/journal/verify"
)

// keepEvery is how often a checkpoint is written while the log grows.
const keepEvery = time.Second

// Checkpoint is the file of a log's newest checkpoint.
type Checkpoint struct {
	dir, log string
}

// In returns the Checkpoint of a log in a directory.
func In(dir, log string) Checkpoint { return Checkpoint{dir, log} }

// Path returns the path of the file.
func (k Checkpoint) Path() string { return filepath.Join(k.dir, k.log+".checkpoint") }

// Read returns the signed checkpoint that was written last, or "" if none was.
func (k Checkpoint) Read() (string, error) {
	b, err := os.ReadFile(k.Path())
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read kept checkpoint of logs/%s: %w", k.log, err)
	}
	return string(b), nil
}

// Check compares the log in a database with the kept checkpoint. found reports whether one was kept. The error wraps a
// *[verify.Mismatch] if entries that it covers are missing or were replaced.
func (k Checkpoint) Check(ctx context.Context, db *database.DB) (found bool, err error) {
	known, err := k.Read()
	if err != nil || known == "" {
		return false, err
	}
	if err := verify.ExtendsIn(ctx, db, k.log, known); err != nil {
		return true, fmt.Errorf("%w. The checkpoint is kept in %s: if you have restored the data from a backup on purpose, remove that file", err, k.Path())
	}
	return true, nil
}

// Write replaces the checkpoint.
func (k Checkpoint) Write(signed string) error {
	err := os.MkdirAll(k.dir, 0o755) //nolint:gosec // checkpoints are public
	if err != nil {
		return fmt.Errorf("keep checkpoint of logs/%s: %w", k.log, err)
	}
	if err := file.Replace(k.Path(), []byte(signed), 0o644); err != nil {
		return fmt.Errorf("keep checkpoint of logs/%s: %w", k.log, err)
	}
	return nil
}

// Follow writes the newest checkpoint of the log in db when it has grown, about once a second, until ctx ends, and then
// once more. A failure is logged when it begins and when it is over.
func (k Checkpoint) Follow(ctx context.Context, db *database.DB, logger *slog.Logger) {
	ticks := time.NewTicker(keepEvery)
	defer ticks.Stop()
	f := following{Checkpoint: k, db: db, logger: logger}
	for {
		f.step(ctx)
		select {
		case <-ticks.C:
		case <-ctx.Done():
			f.step(context.WithoutCancel(ctx))
			return
		}
	}
}

// following is the state of Follow.
type following struct {
	Checkpoint

	db      *database.DB
	logger  *slog.Logger
	written string
	failing bool
}

func (f *following) step(ctx context.Context) {
	_, signed, _, err := journal.Newest(ctx, f.db.Reader())
	if errors.Is(err, database.ErrNotFound) {
		return // the service has not created its log yet
	}
	if err == nil && signed != f.written {
		if err = f.Write(signed); err == nil {
			f.written = signed
		}
	}
	switch {
	case ctx.Err() != nil:
	case err != nil && !f.failing:
		f.failing = true
		f.logger.Warn("the newest checkpoint is not kept", "log", f.log, "file", f.Path(), "error", err)
	case err == nil && f.failing:
		f.failing = false
		f.logger.Warn("the newest checkpoint is kept again", "log", f.log, "file", f.Path())
	}
}
