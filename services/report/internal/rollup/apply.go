package rollup

import (
	"context"
	"errors"
	"fmt"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
)

// ErrGap says that a batch does not begin where the stored cursor stands: the reader must read again from Position.
var ErrGap = errors.New("entries do not follow the stored cursor")

// errOtherShape says that another version of this program owns the rollups.
var errOtherShape = errors.New("the rollups were built by another version of report")

// Apply puts entries of a log, in the order of their positions, into the facts and rollups, and moves the log's cursor to
// the last of them, all or nothing. Entries at or before the cursor are passed over, since another replica applied them;
// a batch that begins after a gap is ErrGap. checkpoint covers the entries and is kept with the cursor.
func (s *Store) Apply(ctx context.Context, log string, entries []*journalv1.Entry, checkpoint *journalv1.Checkpoint) error {
	changes, err := decode(entries)
	if err != nil {
		return err
	}
	var generation int64
	err = s.db.InTx(ctx, func(ctx context.Context, tx database.Tx) error {
		fresh, err := s.takeCursor(ctx, tx, log, changes)
		if err != nil {
			return err
		}
		if len(fresh) == 0 {
			generation, err = storedGeneration(ctx, tx)
			return err
		}
		if err := applyAll(ctx, work{tx, s.db}, fresh); err != nil {
			return err
		}
		generation, err = s.advance(ctx, tx, log, fresh[len(fresh)-1].position, checkpoint.GetNote())
		return err
	})
	if err != nil {
		return fmt.Errorf("apply %s: %w", log, err)
	}
	s.wake(generation)
	return nil
}

// takeCursor locks the log's cursor, so that one replica at a time goes on from here, and returns the changes after it.
func (s *Store) takeCursor(ctx context.Context, tx database.Tx, log string, changes []change) ([]change, error) {
	cursor, err := database.One[int64](ctx, tx, "SELECT position FROM cursors WHERE log = $1"+s.db.ForUpdate(), log)
	if err != nil {
		return nil, fmt.Errorf("lock cursor: %w", err)
	}
	for len(changes) > 0 && changes[0].position <= cursor {
		changes = changes[1:]
	}
	if len(changes) > 0 && changes[0].position != cursor+1 {
		return nil, fmt.Errorf("%w: %d after %d", ErrGap, changes[0].position, cursor)
	}
	return changes, nil
}

func applyAll(ctx context.Context, w work, changes []change) error {
	if err := applyFacts(ctx, w, latest(changes, func(c change) bool { return c.fact != nil })); err != nil {
		return err
	}
	if err := applyCampaigns(ctx, w, latest(changes, func(c change) bool { return c.campaign != nil })); err != nil {
		return err
	}
	if err := applyDivisions(ctx, w, latest(changes, func(c change) bool { return c.division != nil })); err != nil {
		return err
	}
	return applyScopes(ctx, w, latest(changes, func(c change) bool { return c.scope != nil }))
}

// advance moves the cursor and the generation. The generation's row is the last that a transaction locks, since all logs
// share it.
func (s *Store) advance(ctx context.Context, tx database.Tx, log string, position int64, checkpoint string) (int64, error) {
	if _, err := tx.ExecContext(ctx, "UPDATE cursors SET position = $1, checkpoint = $2 WHERE log = $3", position, checkpoint, log); err != nil {
		return 0, fmt.Errorf("move cursor: %w", err)
	}
	return s.nextGeneration(ctx, tx)
}

// nextGeneration also makes sure, under the row's lock, that the rollups are still of this code's shape: another version
// may have rebuilt them while this transaction waited for its cursor.
func (s *Store) nextGeneration(ctx context.Context, tx database.Tx) (int64, error) {
	g, err := database.All[int64](ctx, tx, `UPDATE generations SET generation = generation + 1, time_us = $1
		WHERE one = 1 AND shape = $2 RETURNING generation`, s.now().UnixMicro(), int64(shape))
	if err != nil {
		return 0, fmt.Errorf("advance generation: %w", err)
	}
	if len(g) == 0 {
		return 0, errOtherShape
	}
	return g[0], nil
}

func storedGeneration(ctx context.Context, q database.Querier) (int64, error) {
	g, err := database.One[int64](ctx, q, "SELECT generation FROM generations WHERE one = 1")
	if err != nil {
		return 0, fmt.Errorf("read generation: %w", err)
	}
	return g, nil
}
