package suite

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/journal/kept"
	"github.com/wancun/wancun/platform/journal/verify"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/service"
	"github.com/wancun/wancun/services/report"
)

// KeptCheckpoints says what was known outside the data of how far the journals went.
type KeptCheckpoints struct {
	// Dir is the directory of the checkpoints; empty if they are kept nowhere.
	Dir string
	// Unknown are the journals that have entries and of which no checkpoint was kept: if some were removed from the end of
	// one, nobody outside the data would know.
	Unknown []string
	// Obstacle is why they are kept nowhere although a place was given.
	Obstacle error
}

// keptDir is the directory of a data directory's checkpoints, "" if there is none. The one in StateDir is named after the
// data directory and its public keys, so that a directory made anew in the same place has one of its own.
func keptDir(c Config) (string, error) {
	if c.Checkpoints != "" {
		return c.Checkpoints, outside(c.Checkpoints, c.Dir)
	}
	if c.StateDir == "" {
		return "", nil
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return "", fmt.Errorf("find data directory: %w", err)
	}
	identity := sha256.New()
	identity.Write([]byte(dir))
	for _, log := range services.All() {
		key, err := os.ReadFile(publicKeyPath(filepath.Join(c.Dir, "keys"), log))
		if err != nil {
			return "", fmt.Errorf("read public key of logs/%s: %w", log, err)
		}
		identity.Write(key)
	}
	return filepath.Join(c.StateDir, filepath.Base(dir)+"-"+hex.EncodeToString(identity.Sum(nil)[:6])), nil
}

// outside refuses a directory in the data directory: who edits or restores the one has the other.
func outside(dir, data string) error {
	inner, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("find directory for checkpoints: %w", err)
	}
	outer, err := filepath.Abs(data)
	if err != nil {
		return fmt.Errorf("find data directory: %w", err)
	}
	if way, err := filepath.Rel(outer, inner); err == nil && way != ".." && !strings.HasPrefix(way, ".."+string(filepath.Separator)) {
		return fmt.Errorf("%s lies in the data directory; checkpoints must be kept apart from it", dir)
	}
	return nil
}

// findKept finds the place for checkpoints. One that the operator has chosen must be usable.
func (s *Suite) findKept(c Config) error {
	dir, err := keptDir(c)
	if err != nil {
		return err
	}
	if dir == "" {
		return nil
	}
	err = os.MkdirAll(dir, 0o755) //nolint:gosec // checkpoints are public
	switch {
	case err == nil:
		s.kept.Dir = dir
		return nil
	case c.Checkpoints != "":
		return fmt.Errorf("make directory for checkpoints: %w", err)
	}
	s.kept.Obstacle = err
	return nil
}

// Kept says what was known outside the data when the suite was opened.
func (s *Suite) Kept() KeptCheckpoints { return s.kept }

// checkLog refuses a log from which entries were removed: as far as the tables beside it know, and the kept checkpoint.
// From then on the newest checkpoint is kept, until the suite is closed.
func (s *Suite) checkLog(ctx context.Context, c Config, log string, schema service.Schema, db *database.DB, rowKey []byte) error {
	tables, err := schema.Tables()
	if err != nil {
		return err
	}
	if err := resource.CheckLog(ctx, resource.CheckConfig{DB: db, Tables: tables, RowKey: rowKey}); err != nil {
		return fmt.Errorf("logs/%s: %w", log, err)
	}
	found := false
	k := kept.In(s.kept.Dir, log)
	if s.kept.Dir != "" {
		if found, err = k.Check(ctx, db); err != nil {
			return err
		}
	}
	if !found {
		if err := s.noteUnknown(ctx, log, db); err != nil {
			return err
		}
	}
	if s.kept.Dir != "" {
		s.follow(ctx, c, k, db)
	}
	return nil
}

func (s *Suite) noteUnknown(ctx context.Context, log string, db *database.DB) error {
	size, _, _, err := journal.Newest(ctx, db.Reader())
	if errors.Is(err, database.ErrNotFound) {
		return nil // a database that no service has opened yet
	}
	if size > 0 {
		s.kept.Unknown = append(s.kept.Unknown, log)
	}
	return err
}

// follow keeps the newest checkpoint until the suite is closed.
func (s *Suite) follow(ctx context.Context, c Config, k kept.Checkpoint, db *database.DB) {
	s.inBackground(ctx, func(ctx context.Context) { k.Follow(ctx, db, c.Logger) })
}

// inBackground runs something until the suite is closed.
func (s *Suite) inBackground(ctx context.Context, run func(context.Context)) {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		run(ctx)
	}()
	s.closing = append(s.closing, func() error {
		stop()
		<-ended
		return nil
	})
}

// checkCursors refuses logs that end before what report has applied of them, once the database of report is open, the last one.
func (s *Suite) checkCursors(ctx context.Context, name string, db *database.DB) error {
	if name != "report" {
		return nil
	}
	applied, err := report.Applied(ctx, db)
	if err != nil {
		return err
	}
	for _, log := range services.All() {
		known, ok := applied[log]
		if !ok {
			continue
		}
		if err := verify.ExtendsIn(ctx, s.databases.of(log), log, known); err != nil {
			return fmt.Errorf("%w. Report has applied what that checkpoint covers: restore all databases from one backup", err)
		}
	}
	return nil
}
