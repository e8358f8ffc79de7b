package rollup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/wancun/wancun/platform/database"
)

// maintainEvery is how often Maintain looks for builds that were requested by another process, or left by one that ended.
const maintainEvery = 2 * time.Second

// Maintain fills builds that are requested and deletes the rows of builds that were replaced, until ctx ends. Several
// processes may do so; each build belongs to one at a time.
func (s *Store) Maintain(ctx context.Context, logger *slog.Logger) {
	for {
		requested := s.builds()
		if err := s.maintain(ctx); err != nil && ctx.Err() == nil {
			logger.WarnContext(ctx, "a build of the rollups was interrupted, and is tried again", "error", err)
		}
		timer := time.NewTimer(maintainEvery)
		select {
		case <-timer.C:
		case <-requested:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// maintain completes the build that is requested, if any, and removes those that were replaced.
func (s *Store) maintain(ctx context.Context) error {
	live, err := liveBuild(ctx, s.db.Reader())
	if err != nil {
		return err
	}
	others, err := database.All[int64](ctx, s.db.Reader(), "SELECT id FROM builds WHERE id <> $1 ORDER BY id DESC", live)
	if err != nil {
		return fmt.Errorf("load builds: %w", err)
	}
	for _, id := range others {
		if id > live {
			generation, err := s.complete(ctx, id)
			if err != nil {
				return err
			}
			s.wake(generation)
		} else if err := s.remove(ctx, id); err != nil && !errors.Is(err, errLost) {
			return err
		}
	}
	return nil
}

// remove deletes the rows of a build that was replaced, unless another process does so.
func (s *Store) remove(ctx context.Context, id int64) error {
	b, taken, err := s.take(ctx, id, func(live int64) bool { return live > id })
	if err != nil || !taken {
		return err
	}
	if err := b.empty(ctx); err != nil {
		b.release(context.WithoutCancel(ctx))
		return err
	}
	return b.write(ctx, database.Statement{SQL: "DELETE FROM builds WHERE id = $1", Args: []any{id}, Rows: 1})
}
