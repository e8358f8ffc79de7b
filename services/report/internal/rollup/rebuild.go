package rollup

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/services/report/internal/facts"
)

//go:embed shapes.txt
var shapes string

// shape numbers the way in which rollups follow from facts: it is how many lines shapes.txt has. Each is the fingerprint of the
// declarations of a version, the last that of this one. A change of slices, levels, sources or their SQL appends one: the first
// replica of the new version then rebuilds, and older ones neither apply nor answer any more, since they would misread what it
// built.
func shape() int64 { return int64(strings.Count(shapes, "\n")) }

// errNewerShape says that a newer version of this program owns the rollups; an older one leaves them as they are.
var errNewerShape = errors.New("the rollups were built by a newer version of report")

// derived are the rollup tables, each with the query that makes its rows from the facts alone.
func derived() []struct {
	counters
	query string
} {
	return []struct {
		counters
		query string
	}{{cellCounters, facts.SumQuery()}, {memberCounters, facts.MemberQuery()}, {reachCounters, facts.CountQuery()}}
}

// reshape rebuilds rollups that older code built, and is errNewerShape for those of newer code.
func (s *Store) reshape(ctx context.Context) error {
	stored, err := storedShape(ctx, s.db.Reader())
	if err != nil || stored == shape() {
		return err
	}
	return s.rebuild(ctx, func(stored int64) bool { return stored != shape() })
}

// Rebuild makes all rollups anew from the facts. No log is applied meanwhile; readers see the old rollups until the end.
func (s *Store) Rebuild(ctx context.Context) error {
	return s.rebuild(ctx, func(int64) bool { return true })
}

// rebuild is Rebuild if the stored shape still needs it once nobody else can change it.
func (s *Store) rebuild(ctx context.Context, needed func(stored int64) bool) error {
	var generation int64
	err := s.db.InTx(ctx, func(ctx context.Context, tx database.Tx) error {
		if err := s.db.Unhurried(ctx, tx); err != nil {
			return err
		}
		// All cursors in one order: whoever applies a log, or rebuilds, waits.
		if _, err := database.All[int64](ctx, tx, "SELECT position FROM cursors ORDER BY log"+s.db.ForUpdate()); err != nil {
			return fmt.Errorf("lock cursors: %w", err)
		}
		stored, err := storedShape(ctx, tx)
		switch {
		case err != nil:
			return err
		case stored > shape():
			return errNewerShape
		case !needed(stored):
			generation, err = storedGeneration(ctx, tx)
			return err
		}
		if err := s.derive(ctx, tx); err != nil {
			return err
		}
		generation, err = s.nextGeneration(ctx, tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("rebuild rollups: %w", err)
	}
	s.wake(generation)
	return nil
}

// derive fills the tables of rollups from the facts, in this code's shape.
func (s *Store) derive(ctx context.Context, tx database.Tx) error {
	if err := s.retally(ctx, tx); err != nil {
		return err
	}
	for _, d := range derived() {
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+d.table); err != nil {
			return fmt.Errorf("empty %s: %w", d.table, err)
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO "+d.table+" ("+strings.Join(d.columns(), ", ")+") "+d.query); err != nil {
			return fmt.Errorf("rebuild %s: %w", d.table, err)
		}
	}
	if _, err := tx.ExecContext(ctx, "UPDATE generations SET shape = $1 WHERE one = 1", shape()); err != nil {
		return fmt.Errorf("set shape: %w", err)
	}
	return nil
}

func storedShape(ctx context.Context, q database.Querier) (int64, error) {
	stored, err := database.One[int64](ctx, q, "SELECT shape FROM generations WHERE one = 1")
	if err != nil {
		return 0, fmt.Errorf("read shape: %w", err)
	}
	return stored, nil
}

// retally fills the table of tallies from the classes.
func (s *Store) retally(ctx context.Context, tx database.Tx) error {
	classes, err := database.All[classRow](ctx, tx, "SELECT "+classColumns+" FROM classes")
	if err != nil {
		return fmt.Errorf("load classes: %w", err)
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM tallies"); err != nil {
		return fmt.Errorf("empty tallies: %w", err)
	}
	var rows [][]any
	for _, c := range classes {
		for _, t := range s.kinds.tallyRows(c.Class) {
			rows = append(rows, t.values())
		}
	}
	if err := tx.Apply(ctx, s.db.Insert(intoTallies, rows)); err != nil {
		return fmt.Errorf("store tallies: %w", err)
	}
	return nil
}
