package rollup

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wancun/wancun/platform/database"
)

//go:embed shapes.txt
var shapes string

// shape is the version of how rollups follow from facts: the number of lines in shapes.txt. Each line is the
// fingerprint of a version's declarations; the last line is that of this version. A change of slices, levels, sources
// or their SQL appends a line. The first replica of the new version then fills a build of the new shape. Replicas of the
// older version go on until it replaces theirs; then they stop applying and serving, since they would misread it.
func shape() int64 { return int64(strings.Count(shapes, "\n")) }

// errNewerShape is returned if a newer version of this program owns the rollups. An older version does not change them.
var errNewerShape = errors.New("the rollups were built by a newer version of report")

// reshape replaces rollups that older code built, or waits until another replica has done so. It returns errNewerShape
// for those of newer code.
func (s *Store) reshape(ctx context.Context) error {
	for {
		stored, err := storedShape(ctx, s.db.Reader())
		if err != nil || stored == shape() {
			return err
		}
		if err := s.rebuild(ctx, func(stored int64) bool { return stored != shape() }); err != nil {
			return err
		}
	}
}

// Rebuild fills a build from the facts and makes it the live one. Logs are applied to the live one and readers read it
// until then. If a build is already being filled, Rebuild returns when that is live.
func (s *Store) Rebuild(ctx context.Context) error {
	return s.rebuild(ctx, func(int64) bool { return true })
}

// rebuild completes the build that is requested or being filled. If there is none, it requests one if needed returns
// true for the stored shape.
func (s *Store) rebuild(ctx context.Context, needed func(stored int64) bool) error {
	id, err := s.request(ctx, needed)
	if err != nil {
		return fmt.Errorf("request a build: %w", err)
	}
	generation, err := s.complete(ctx, id)
	if err != nil {
		return fmt.Errorf("rebuild rollups: %w", err)
	}
	s.wake(generation)
	return nil
}

// request returns the id of the build that replaces the live one. If there is none yet, it stores one if needed returns
// true for the stored shape, and otherwise returns the id of the live one.
func (s *Store) request(ctx context.Context, needed func(stored int64) bool) (id int64, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx database.Tx) error {
		// A build becomes live under the same lock.
		stored, err := database.One[int64](ctx, tx, "SELECT shape FROM generations WHERE one = 1"+s.db.ForUpdate())
		if err != nil {
			return fmt.Errorf("read shape: %w", err)
		}
		if stored > shape() {
			return errNewerShape
		}
		live, err := liveBuild(ctx, tx)
		if err != nil {
			return err
		}
		if id, err = database.One[int64](ctx, tx, "SELECT MAX(id) FROM builds"); err != nil {
			return fmt.Errorf("find the newest build: %w", err)
		}
		if id > live || !needed(stored) {
			return nil
		}
		id = live + 1
		if err := tx.Apply(ctx, s.db.Insert(intoBuilds, [][]any{{id, 0, 0, 0, 0}})); err != nil {
			return fmt.Errorf("store build %d: %w", id, err)
		}
		return nil
	})
	return id, err
}

var intoBuilds = database.Into("builds", "id", "attempt", "renewed_us", "facts", "filled")

// complete makes a build the live one, or waits until another process has done so. It returns the generation since which
// a build with this id or a greater one is live.
func (s *Store) complete(ctx context.Context, id int64) (generation int64, err error) {
	for {
		live, err := liveBuild(ctx, s.db.Reader())
		if err != nil {
			return 0, err
		}
		if live >= id {
			return storedGeneration(ctx, s.db.Reader())
		}
		b, taken, err := s.take(ctx, id, func(live int64) bool { return live < id })
		if err != nil {
			return 0, err
		}
		if taken {
			if err := b.run(ctx); err == nil || !errors.Is(err, errLost) {
				return b.generation, err
			}
		}
		if err := pauseFor(ctx, pollEvery); err != nil {
			return 0, err
		}
	}
}

func pauseFor(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func liveBuild(ctx context.Context, q database.Querier) (int64, error) {
	live, err := database.One[int64](ctx, q, "SELECT build FROM cursors WHERE log = 'action'")
	if err != nil {
		return 0, fmt.Errorf("read the live build: %w", err)
	}
	return live, nil
}

func storedShape(ctx context.Context, q database.Querier) (int64, error) {
	stored, err := database.One[int64](ctx, q, "SELECT shape FROM generations WHERE one = 1")
	if err != nil {
		return 0, fmt.Errorf("read shape: %w", err)
	}
	return stored, nil
}
