package rollup

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
)

// ErrGap is returned for a batch that does not begin after the stored cursor. The reader must continue from Position.
var ErrGap = errors.New("entries do not follow the stored cursor")

// errOtherShape is returned if another version of this program built the rollups. The reader then calls Position, which
// rebuilds them if that version is older.
var errOtherShape = errors.New("the rollups were built by another version of report")

// Apply adds entries of a log, in the order of their positions, to the facts and rollups and moves the log's cursor to
// the last entry, in one transaction. It skips entries up to the cursor, which another replica has applied, and returns
// ErrGap for a batch that begins after a gap. checkpoint covers the entries and is stored with the cursor.
func (s *Store) Apply(ctx context.Context, log string, entries []*journalv1.Entry, checkpoint *journalv1.Checkpoint) error {
	changes, err := s.kinds.decode(entries)
	if err != nil {
		return err
	}
	generation, err := s.apply(ctx, log, changes, checkpoint.GetNote(), false)
	if _, known := errors.AsType[*database.UniqueError](err); known {
		generation, err = s.apply(ctx, log, changes, checkpoint.GetNote(), true)
	}
	if err != nil {
		return fmt.Errorf("apply %s: %w", log, err)
	}
	s.wake(generation)
	return nil
}

// apply is one attempt of Apply. It returns the generation that is stored afterwards.
func (s *Store) apply(ctx context.Context, log string, changes []change, checkpoint string, lookUpAll bool) (generation int64, err error) {
	var stored []int64 // ids of the classes in the transaction
	err = s.db.InTx(ctx, func(ctx context.Context, tx database.Tx) error {
		fresh, at, err := s.takeCursor(ctx, tx, log, changes)
		if err != nil {
			return err
		}
		if len(fresh) == 0 {
			generation, err = storedGeneration(ctx, tx)
			return err
		}
		w := s.newWork(tx, at.Build)
		if w.homes, err = s.homes.at(ctx, tx, at.Places); err != nil {
			return err
		}
		if err := applyAll(ctx, w, fresh, lookUpAll); err != nil {
			return err
		}
		last := fresh[len(fresh)-1].position
		if err := w.finish(ctx, moveCursor(log, last, checkpoint)); err != nil {
			return fmt.Errorf("write: %w", err)
		}
		stored = slices.Collect(maps.Keys(w.classes))
		generation, err = s.nextGeneration(ctx, tx, log, last, checkpoint)
		return err
	})
	if err == nil {
		s.registry.markStored(stored)
	}
	return generation, err
}

// cursor is the state of a log.
type cursor struct {
	Log      string `db:"log"`
	Position int64  `db:"position"` // of the last applied entry
	Places   int64  `db:"places"`   // the position of the last applied succession
	Build    int64  `db:"build"`    // the live build
}

// takeCursor locks the log's cursor, so that one replica at a time applies the log and the live build is not replaced,
// and returns the changes after the cursor. If the changes contain a succession, it locks all cursors, because a
// succession moves the facts of every log.
func (s *Store) takeCursor(ctx context.Context, tx database.Tx, log string, changes []change) (fresh []change, at cursor, err error) {
	if slices.ContainsFunc(changes, succeeds) {
		if _, err := s.lockCursors(ctx, tx); err != nil {
			return nil, at, err
		}
	}
	at, err = database.One[cursor](ctx, tx, cursorColumns+" WHERE log = $1"+s.db.ForUpdate(), log)
	if err != nil {
		return nil, at, fmt.Errorf("lock cursor: %w", err)
	}
	for len(changes) > 0 && changes[0].position <= at.Position {
		changes = changes[1:]
	}
	if len(changes) > 0 && changes[0].position != at.Position+1 {
		return nil, at, fmt.Errorf("%w: %d after %d", ErrGap, changes[0].position, at.Position)
	}
	return changes, at, nil
}

const cursorColumns = "SELECT log, position, places, build FROM cursors"

// lockCursors locks all cursors, in one order, so that Apply and the end of a rebuild wait.
func (s *Store) lockCursors(ctx context.Context, tx database.Tx) ([]cursor, error) {
	all, err := database.All[cursor](ctx, tx, cursorColumns+" ORDER BY log"+s.db.ForUpdate())
	if err != nil {
		return nil, fmt.Errorf("lock cursors: %w", err)
	}
	return all, nil
}

func applyAll(ctx context.Context, w *work, changes []change, lookUpAll bool) error {
	if err := applySuccessions(ctx, w, slices.DeleteFunc(slices.Clone(changes), func(c change) bool { return !succeeds(c) })); err != nil {
		return err
	}
	if err := applyFacts(ctx, w, changes, lookUpAll); err != nil {
		return err
	}
	if err := applyCampaigns(ctx, w, changes); err != nil {
		return err
	}
	return applyDivisions(ctx, w, latest(changes, func(c change) bool { return c.division != nil }))
}

func moveCursor(log string, position int64, checkpoint string) database.Statement {
	return database.Statement{
		SQL:  "UPDATE cursors SET position = $1, checkpoint = $2 WHERE log = $3",
		Args: []any{position, checkpoint, log}, Rows: 1,
	}
}

// nextGeneration advances the generation and records its moment: the log that it advanced, up to a position. A
// transaction locks this row last, since all logs share it. Under the lock, it also checks that the rollups still have
// the shape of this code: another version may have rebuilt them while the transaction waited for its cursor.
func (s *Store) nextGeneration(ctx context.Context, tx database.Tx, log string, position int64, checkpoint string) (int64, error) {
	now := s.now().UnixMicro()
	g, err := database.All[int64](ctx, tx, `UPDATE generations SET generation = generation + 1, time_us = $1
		WHERE one = 1 AND shape = $2 RETURNING generation`, now, shape())
	if err != nil {
		return 0, fmt.Errorf("advance generation: %w", err)
	}
	if len(g) == 0 {
		return 0, errOtherShape
	}
	moment := database.Into("moments", "generation", "time_us", "log", "position", "checkpoint")
	if err := tx.Apply(ctx, s.db.Insert(moment, [][]any{{g[0], now, log, position, checkpoint}})); err != nil {
		return 0, fmt.Errorf("record moment: %w", err)
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
