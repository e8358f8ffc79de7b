package rollup

import (
	"cmp"
	"context"
	"slices"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/services/report/internal/figure"
)

const (
	void      = int64(actionv1.Delivery_VOID)
	confirmed = int64(actionv1.Delivery_CONFIRMED)
)

type cellKey struct {
	campaign          string
	division, month   int64
	action, indicator string
	measure           int64
}

// cellSums are n, quantity and fen, recorded and then confirmed, as in cellCounters.
type cellSums [6]int64

// delta is what a batch changes in the rollups: what its new facts add less what their old versions had added.
type delta struct {
	cells   map[cellKey]cellSums
	members map[memberKey]memberCount // each in the county and the finest slice
}

func newDelta() delta {
	return delta{cells: map[cellKey]cellSums{}, members: map[memberKey]memberCount{}}
}

// add counts a fact sign times. A void fact counts nowhere.
func (d delta) add(f fact, sign int64) {
	if f.State == void {
		return
	}
	isConfirmed := int64(0)
	if f.State == confirmed {
		isConfirmed = 1
	}
	for _, divisor := range cellLevels() {
		k := cellKey{f.Campaign, f.Village / divisor, int64(day.Day(f.Day).Month()), f.Action, f.Indicator, f.Measure}
		s := d.cells[k]
		for i, n := range [3]int64{1, f.Quantity, f.Fen} {
			s[i] += sign * n
			s[i+3] += sign * n * isConfirmed
		}
		d.cells[k] = s
	}
	alike := figure.Alike(f.Action, f.Indicator, actionv1.Delivery_Measure(f.Measure))
	for _, member := range [2]string{f.Organization, villageName(f.Village)} {
		k := memberKey{f.Campaign, alike, f.Village / county, member}
		d.members[k] = d.members[k].plus(memberCount{sign, sign * isConfirmed})
	}
}

// write adds the delta to the stored rollups.
func (d delta) write(ctx context.Context, w *work) error {
	keys := make([]cellKey, 0, len(d.cells))
	for k, s := range d.cells {
		if s != (cellSums{}) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b cellKey) int { // neighbours in the index are written together
		return cmp.Or(cmp.Compare(a.campaign, b.campaign), cmp.Compare(a.division, b.division), cmp.Compare(a.month, b.month),
			cmp.Compare(a.action, b.action), cmp.Compare(a.indicator, b.indicator))
	})
	rows := make([][]any, len(keys))
	for i, k := range keys {
		s := d.cells[k]
		rows[i] = []any{k.campaign, k.division, k.month, k.action, k.indicator, k.measure, s[0], s[1], s[2], s[3], s[4], s[5]}
	}
	w.put(cellCounters.into, rows)
	return climb(ctx, w, d.members)
}
