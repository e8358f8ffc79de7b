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

// KeptCheckpoints describes what was known outside the data about the length of the journals.
type KeptCheckpoints struct {
	// Dir is the directory of the checkpoints; empty if none are kept.
	Dir string
	// Unknown are the journals that have entries but no kept checkpoint. Entries removed from the end of such a journal
	// would not have been noticed.
	Unknown []string
	// Obstacle is the error because of which none are kept although a place was configured.
	Obstacle error
}

// keptDir returns the directory of the checkpoints of a data directory, "" if there is none. Inside StateDir its name
// depends on the path of the data directory and its public keys, so that a new data directory at the same path has a
// new one.
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

// outside returns an error for a directory inside the data directory: the checkpoints could be edited or restored
// together with the data.
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

// findKept determines the directory for checkpoints. A directory that the operator has chosen must be usable.
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

// Kept returns what was known outside the data when the suite was opened.
func (s *Suite) Kept() KeptCheckpoints { return s.kept }

// checkLog returns an error if entries were removed from a log, as far as the tables beside it and the kept checkpoint
// show. Then it starts to keep the newest checkpoint, until the suite is closed.
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
		return nil // no service has opened this database yet
	}
	if size > 0 {
		s.kept.Unknown = append(s.kept.Unknown, log)
	}
	return err
}

// follow keeps the newest checkpoint up to date until the suite is closed.
func (s *Suite) follow(ctx context.Context, c Config, k kept.Checkpoint, db *database.DB) {
	s.inBackground(ctx, func(ctx context.Context) { k.Follow(ctx, db, c.Logger) })
}

// inBackground calls run in a goroutine. Closing the suite ends its context and waits for it.
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

// checkCursors returns an error if a log ends before the position up to which report has applied it. It runs when the
// database of report, the last one, is open.
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
