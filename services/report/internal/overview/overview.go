package overview

import (
	"context"
	"fmt"
	"slices"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/services/report/internal/figure"
	"github.com/wancun/wancun/services/report/internal/rollup"
)

// stored contains everything from which an overview is made.
type stored struct {
	campaign *actionv1.Campaign
	asOf     *reportv1.AsOf
	cells    []rollup.Cell // of the whole campaign
	whole    figure.Reach
	reaches  map[string]figure.Reach // by action
	counties rollup.ByCounty
	names    map[int64]rollup.Names
}

// load reads it at a moment from the snapshot q.
func load(ctx context.Context, q database.Querier, campaign string, m *rollup.Moment) (s stored, err error) {
	if s.campaign, err = rollup.Campaign(ctx, q, campaign, m); err != nil {
		return s, err
	}
	if s.asOf, err = rollup.AsOf(ctx, q, m); err != nil {
		return s, err
	}
	if s.cells, err = rollup.Cells(ctx, q, campaign, m); err != nil {
		return s, err
	}
	if s.whole, err = rollup.Reach(ctx, q, campaign, "", m); err != nil {
		return s, err
	}
	s.reaches = map[string]figure.Reach{}
	for _, a := range s.campaign.GetActions() {
		if s.reaches[a.GetId()], err = rollup.Reach(ctx, q, campaign, a.GetId(), m); err != nil {
			return s, err
		}
	}
	if s.counties, err = rollup.CountiesOf(ctx, q, campaign, m); err != nil {
		return s, err
	}
	s.names, err = rollup.Divisions(ctx, q)
	return s, err
}

// overview returns the message.
func (s stored) overview() *reportv1.Overview {
	return &reportv1.Overview{
		Name: s.campaign.GetName() + "/overview", AsOf: s.asOf,
		Total: s.total(), Actions: s.actions(), Counties: s.byCounty(), Months: s.months(),
	}
}

func (s stored) total() *reportv1.OverviewRow {
	c := s.campaign
	r := row(c.GetName(), c.GetDisplayName(), c.GetDisplayNameEn(), s.whole)
	for _, cell := range s.cells {
		add(r, cell.Cell)
	}
	return r
}

func (s stored) actions() []*reportv1.OverviewRow {
	var out []*reportv1.OverviewRow
	for _, a := range s.campaign.GetActions() {
		r := row(a.GetId(), a.GetDisplayName(), a.GetDisplayNameEn(), s.reaches[a.GetId()])
		for _, cell := range s.cells {
			if cell.Action == a.GetId() {
				add(r, cell.Cell)
			}
		}
		out = append(out, r)
	}
	return out
}

func (s stored) byCounty() []*reportv1.OverviewRow {
	return grouped(s.counties.Cells, func(c rollup.Cell) int64 { return c.Place }, func(code int64) *reportv1.OverviewRow {
		r := row(countyName(code), s.names[code].Chinese, s.names[code].English, s.counties.Reach[code])
		for _, was := range s.counties.Before[code] {
			r.Predecessors = append(r.Predecessors, &reportv1.OverviewRow_Predecessor{
				Division: countyName(was), DisplayName: s.names[was].Chinese, DisplayNameEn: s.names[was].English,
			})
		}
		return r
	})
}

func countyName(code int64) string { return fmt.Sprintf("divisions/%06d000000", code) }

func (s stored) months() []*reportv1.OverviewRow {
	return grouped(s.cells, func(c rollup.Cell) int64 { return c.Month }, func(m int64) *reportv1.OverviewRow {
		return row(day.Month(m).String(), "", "", figure.Reach{})
	})
}

// grouped adds up cells into one row per key, in the order of the keys.
func grouped(cells []rollup.Cell, key func(rollup.Cell) int64, heading func(int64) *reportv1.OverviewRow) []*reportv1.OverviewRow {
	rows := map[int64]*reportv1.OverviewRow{}
	var keys []int64
	for _, c := range cells {
		k := key(c)
		if rows[k] == nil {
			rows[k] = heading(k)
			keys = append(keys, k)
		}
		add(rows[k], c.Cell)
	}
	slices.Sort(keys)
	out := make([]*reportv1.OverviewRow, len(keys))
	for i, k := range keys {
		out[i] = rows[k]
	}
	return out
}

func row(key, zh, en string, r figure.Reach) *reportv1.OverviewRow {
	return &reportv1.OverviewRow{
		Key: key, DisplayName: zh, DisplayNameEn: en, Recorded: &reportv1.Amount{}, Confirmed: &reportv1.Amount{},
		Organizations: r.Organizations, Villages: r.Villages,
	}
}

func add(r *reportv1.OverviewRow, c figure.Cell) {
	figure.Add(r.GetRecorded(), c.Measure, c.Recorded)
	figure.Add(r.GetConfirmed(), c.Measure, c.Confirmed)
}
