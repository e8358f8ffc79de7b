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

// shape is the version of how rollups follow from facts: the number of lines in shapes.txt. Each line is the
// fingerprint of a version's declarations; the last line is that of this version. A change of slices, levels, sources
// or their SQL appends a line. The first replica of the new version then rebuilds the rollups. Older replicas stop
// applying and serving them, since they would misread them.
func shape() int64 { return int64(strings.Count(shapes, "\n")) }

// errNewerShape is returned if a newer version of this program owns the rollups. An older version does not change them.
var errNewerShape = errors.New("the rollups were built by a newer version of report")

// derived returns the rollup tables, each with the query that computes its rows from the facts alone.
func derived() []struct {
	counters
	query string
} {
	return []struct {
		counters
		query string
	}{{cellCounters, facts.SumQuery()}, {memberCounters, facts.MemberQuery()}, {reachCounters, facts.CountQuery()}}
}

// reshape rebuilds rollups that older code built. It returns errNewerShape for those of newer code.
func (s *Store) reshape(ctx context.Context) error {
	stored, err := storedShape(ctx, s.db.Reader())
	if err != nil || stored == shape() {
		return err
	}
	return s.rebuild(ctx, func(stored int64) bool { return stored != shape() })
}

// Rebuild computes all rollups from the facts again. No log is applied in the meantime; readers see the old rollups
// until it commits.
func (s *Store) Rebuild(ctx context.Context) error {
	return s.rebuild(ctx, func(int64) bool { return true })
}

// rebuild rebuilds the rollups if needed returns true for the stored shape. It calls needed after locking all cursors,
// so that no other replica can change the shape.
func (s *Store) rebuild(ctx context.Context, needed func(stored int64) bool) error {
	var generation int64
	err := s.db.InTx(ctx, func(ctx context.Context, tx database.Tx) error {
		if err := s.db.Unhurried(ctx, tx); err != nil {
			return err
		}
		if err := s.lockCursors(ctx, tx); err != nil {
			return err
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
		generation, err = s.nextGeneration(ctx, tx, "", 0, "")
		return err
	})
	if err != nil {
		return fmt.Errorf("rebuild rollups: %w", err)
	}
	s.wake(generation)
	return nil
}

// derive fills the rollup tables from the facts, in the shape of this code.
func (s *Store) derive(ctx context.Context, tx database.Tx) error {
	if err := s.resettle(ctx, tx); err != nil {
		return err
	}
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
