package rollup

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/services/report/internal/facts"
)

type cellKey struct {
	class        int64
	stage        facts.Stage
	place, month int64
}

// cellSums are n, quantity and fen, the sums of cellCounters.
type cellSums [3]int64

// delta is what a batch changes in the rollups: the numbers of its new facts minus those of the facts that they
// replace.
type delta struct {
	cells   map[cellKey]cellSums
	members map[memberKey]int64 // only of the first slice
}

func newDelta() delta {
	return delta{cells: map[cellKey]cellSums{}, members: map[memberKey]int64{}}
}

// add adds a fact sign times, in each stage that it has reached. It skips facts that hold for a range of days, which
// are counted when they are read.
func (d delta) add(w *work, f fact, sign int64) {
	if f.LastDay != 0 {
		return
	}
	for stage := range f.Stages.All() {
		d.sum(f, stage, sign)
		if f.Organization != "" {
			d.hold(w, f, stage, facts.Organization, f.Organization, sign)
		}
		if f.Village != 0 {
			d.hold(w, f, stage, facts.Village, strconv.FormatInt(f.Village, 10), sign)
		}
		for _, m := range f.members {
			d.hold(w, f, stage, m.Dimension, m.ID, sign)
		}
	}
}

func (d delta) sum(f fact, stage facts.Stage, sign int64) {
	for _, level := range facts.SumLevels() {
		k := cellKey{f.Class, stage, f.Home / int64(level), int64(day.Day(f.Day).Month())}
		s := d.cells[k]
		s[0] += sign * f.N
		s[1] += sign * f.Quantity
		s[2] += sign * f.Fen
		d.cells[k] = s
	}
}

// hold adds a member if the source counts distinct members of its dimension.
func (d delta) hold(w *work, f fact, stage facts.Stage, dimension facts.Dimension, member string, sign int64) {
	if tally, counted := w.registry.finestOf(heldBy{f.Class, stage, dimension}); counted {
		d.members[memberKey{tally, f.Home / int64(finest().Levels[0]), member}] += sign
	}
}

func (r *registry) finestOf(h heldBy) (int64, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, counted := r.finest[h]
	return t.ID, counted
}

// write adds the delta to the stored rollups.
func (d delta) write(ctx context.Context, w *work) error {
	keys := d.changedCells()
	rows := make([][]any, len(keys))
	for i, k := range keys {
		rows[i] = d.cellRow(w.build, k)
	}
	w.put(cellCounters.into, rows)
	return climb(ctx, w, d.members)
}

// changedCells returns the keys of the cells that change, in the order of the index, so that adjacent rows are written
// together.
func (d delta) changedCells() []cellKey {
	keys := make([]cellKey, 0, len(d.cells))
	for k, s := range d.cells {
		if s != (cellSums{}) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b cellKey) int {
		return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(a.stage, b.stage), cmp.Compare(a.place, b.place), cmp.Compare(a.month, b.month))
	})
	return keys
}

func (d delta) cellRow(build int64, k cellKey) []any {
	s := d.cells[k]
	return []any{build, k.class, int64(k.stage), k.place, k.month, s[0], s[1], s[2]}
}
