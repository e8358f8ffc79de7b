package rollup

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/services/report/internal/facts"
)

const (
	// factsAtOnce is the number of facts that are read at once. The facts of a class are read together, however many.
	factsAtOnce = 1_000_000
	// rowsAtOnce is the maximum number of rows that one transaction of a build writes or deletes. On SQLite, other
	// writes wait for it.
	rowsAtOnce = 10_000
)

// fill fills the build from the facts that were valid at the positions of the logs when it began. What the logs apply in
// the meantime does not change them: a newer revision only closes them at a later position.
func (b *build) fill(ctx context.Context) error {
	if err := b.empty(ctx); err != nil {
		return err
	}
	if err := b.rehome(ctx); err != nil {
		return err
	}
	cursors, err := database.All[cursor](ctx, b.db.Reader(), cursorColumns)
	if err != nil {
		return fmt.Errorf("read cursors: %w", err)
	}
	for _, c := range cursors {
		b.at[c.Log], b.places = c.Position, c.Places
	}
	portions, err := b.portions(ctx)
	if err != nil {
		return err
	}
	filled := int64(0)
	for _, p := range portions {
		if err := b.fillFrom(ctx, p); err != nil {
			return err
		}
		filled += p.facts
		b.progress(b.facts, filled)
	}
	for _, s := range facts.Slices()[1:] {
		for level := range s.Levels {
			if err := b.fillMembers(ctx, facts.FillStep(s, level)); err != nil {
				return fmt.Errorf("fill slice %s: %w", s.Name, err)
			}
		}
	}
	return b.fillReaches(ctx)
}

// rehome stores the homes of facts, where they are not those of the successions.
func (b *build) rehome(ctx context.Context) error {
	moves, err := Successions(ctx, b.db.Reader(), nil)
	if err != nil {
		return err
	}
	wrong, err := homes{moves}.unsettled(ctx, b.db.Reader())
	if err != nil || len(wrong) == 0 {
		return err
	}
	return b.inTx(ctx, func(ctx context.Context, tx database.Tx) error {
		if err := b.db.Unhurried(ctx, tx); err != nil {
			return err
		}
		if _, err := b.lockCursors(ctx, tx); err != nil {
			return err
		}
		return b.resettle(ctx, tx)
	})
}

// portion is a part of the facts: those of some classes of one log.
type portion struct {
	log     string
	classes []int64
	facts   int64
}

// portions divides the facts into portions. It also stores the tallies of all classes, without which no member counts.
func (b *build) portions(ctx context.Context) ([]portion, error) {
	classes, err := database.All[classRow](ctx, b.db.Reader(), "SELECT "+classColumns+" FROM classes ORDER BY source, id")
	if err != nil {
		return nil, fmt.Errorf("load classes: %w", err)
	}
	type size struct {
		Class int64 `db:"class"`
		N     int64 `db:"n"`
	}
	sizes := map[int64]int64{}
	err = b.read(ctx, func(ctx context.Context, q database.Querier) error {
		rows, err := database.All[size](ctx, q, "SELECT class, COUNT(*) AS n FROM facts GROUP BY class")
		for _, r := range rows {
			sizes[r.Class] = r.N
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count facts: %w", err)
	}
	var out []portion
	var tallies []tallyRow
	b.tallied = make(map[int64]bool, len(classes))
	total := int64(0)
	for _, c := range classes {
		b.registry.know(b.kinds, c.ID, c.Class)
		b.tallied[c.ID] = true
		tallies = append(tallies, b.kinds.tallyRows(c.Class)...)
		log, n := b.kinds.source(c.Source).Log, sizes[c.ID]
		if log == "" {
			continue // of a source that this version does not have
		}
		if last := len(out) - 1; last < 0 || out[last].log != log || out[last].facts+n > factsAtOnce {
			out = append(out, portion{log: log})
		}
		last := &out[len(out)-1]
		last.classes, last.facts, total = append(last.classes, c.ID), last.facts+n, total+n
	}
	b.progress(total, 0)
	if err := b.write(ctx, b.db.Insert(intoTallies, tallyValues(b.id, tallies))...); err != nil {
		return nil, fmt.Errorf("store tallies: %w", err)
	}
	return out, nil
}

// read runs fn in a snapshot whose statements may take longer than a call.
func (b *build) read(ctx context.Context, fn func(ctx context.Context, q database.Querier) error) error {
	return b.db.Snapshot(ctx, func(ctx context.Context, q database.Querier) error {
		if err := b.db.Unhurried(ctx, q); err != nil {
			return err
		}
		return fn(ctx, q)
	})
}

// groupRow is a row of [facts.FillSums] or [facts.FillMembers].
type groupRow struct {
	Class    int64        `db:"class"`
	Stages   facts.Stages `db:"stages"`
	Place    int64        `db:"place"`
	Month    int64        `db:"month"`
	Member   string       `db:"member"`
	N        int64        `db:"n"`
	Quantity int64        `db:"quantity"`
	Fen      int64        `db:"fen"`
}

// fillFrom adds the sums of the facts of a portion, and their members in the first slice.
func (b *build) fillFrom(ctx context.Context, p portion) error {
	condition := "class IN " + list(p.classes) + " AND " + (&Moment{positions: b.at}).valid(p.log, "")
	d, w := newDelta(), b.newWork(nil, b.id)
	err := b.read(ctx, func(ctx context.Context, q database.Querier) error {
		sums, err := database.All[groupRow](ctx, q, facts.FillSums(condition))
		if err != nil {
			return err
		}
		for _, r := range sums {
			f := fact{Class: r.Class, Home: r.Place * int64(facts.SumLevels()[0]), Day: r.Month * 100, N: r.N, Quantity: r.Quantity, Fen: r.Fen}
			for stage := range r.Stages.All() {
				d.sum(f, stage, 1)
			}
		}
		for _, dimension := range b.kinds.dimensions(p.log) {
			members, err := database.All[groupRow](ctx, q, facts.FillMembers(dimension, condition))
			if err != nil {
				return err
			}
			for _, r := range members {
				f := fact{Class: r.Class, Home: r.Place * int64(finest().Levels[0])}
				for stage := range r.Stages.All() {
					d.hold(w, f, stage, dimension, r.Member, r.N)
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read facts: %w", err)
	}
	if err := load(ctx, b, cellCounters, d.changedCells(), func(k cellKey) []any { return d.cellRow(b.id, k) }); err != nil {
		return err
	}
	return load(ctx, b, memberCounters, sortedMembers(d.members), func(k memberKey) []any {
		return []any{b.id, k.tally, k.place, k.member, d.members[k]}
	})
}

// dimensions returns the dimensions of all sources of a log.
func (k kinds) dimensions(log string) []facts.Dimension {
	found := map[facts.Dimension]bool{}
	for _, s := range k {
		if s.Log == log {
			for _, d := range s.Dimensions {
				found[d] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// fillMembers adds the members that a query computes from those of the build.
func (b *build) fillMembers(ctx context.Context, query string) error {
	var rows []memberRow
	err := b.read(ctx, func(ctx context.Context, q database.Querier) (err error) {
		rows, err = database.All[memberRow](ctx, q, query, b.id)
		return err
	})
	if err != nil {
		return fmt.Errorf("read members: %w", err)
	}
	return load(ctx, b, memberCounters, rows, func(r memberRow) []any { return []any{b.id, r.Tally, r.Place, r.Member, r.N} })
}

func (b *build) fillReaches(ctx context.Context) error {
	type row struct {
		Tally int64 `db:"tally"`
		placeCount
	}
	var rows []row
	err := b.read(ctx, func(ctx context.Context, q database.Querier) (err error) {
		rows, err = database.All[row](ctx, q, facts.FillReaches(), b.id)
		return err
	})
	if err != nil {
		return fmt.Errorf("count members: %w", err)
	}
	return load(ctx, b, reachCounters, rows, func(r row) []any { return []any{b.id, r.Tally, r.Place, r.N} })
}

// load writes rows that the build does not contain yet, in transactions of at most rowsAtOnce rows.
func load[T any](ctx context.Context, b *build, into counters, rows []T, values func(T) []any) error {
	for part := range slices.Chunk(rows, rowsAtOnce) {
		statements, err := b.db.Load(into.new, len(part), func(yield func([]any, error) bool) {
			for _, r := range part {
				if !yield(values(r), nil) {
					return
				}
			}
		})
		if err == nil {
			err = b.write(ctx, statements...)
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", into.table, err)
		}
	}
	return nil
}

// empty deletes the rows of the build, in transactions of at most rowsAtOnce rows.
func (b *build) empty(ctx context.Context) error {
	for table, key := range map[string][]string{
		"tallies": {"id", "class"}, cellCounters.table: cellCounters.key, memberCounters.table: memberCounters.key, reachCounters.table: reachCounters.key,
	} {
		columns := strings.Join(key, ", ")
		remove := fmt.Sprintf("DELETE FROM %[1]s WHERE build = $1 AND (%[2]s) IN (SELECT %[2]s FROM %[1]s WHERE build = $1 LIMIT %[3]d)", table, columns, rowsAtOnce)
		for deleted := int64(1); deleted > 0; {
			err := b.inTx(ctx, func(ctx context.Context, tx database.Tx) error {
				result, err := tx.ExecContext(ctx, remove, b.id)
				if err == nil {
					deleted, err = result.RowsAffected()
				}
				return err
			})
			if err != nil {
				return fmt.Errorf("empty %s of build %d: %w", table, b.id, err)
			}
		}
	}
	return nil
}
