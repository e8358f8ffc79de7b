package rollup

import (
	"context"
	"fmt"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/services/report/internal/facts"
	"github.com/wancun/wancun/services/report/internal/figure"
)

// Cell is a stored sum of deliveries with its place and month.
type Cell struct {
	Place int64
	Month int64 // YYYYMM
	figure.Cell
}

type cellRow struct {
	Place     int64         `db:"place"`
	Month     int64         `db:"month"`
	Action    string        `db:"action"`
	Indicator string        `db:"indicator"`
	Measure   facts.Measure `db:"measure"`
	Stage     facts.Stage   `db:"stage"`
	N         int64         `db:"n"`
	Quantity  int64         `db:"quantity"`
	Fen       int64         `db:"fen"`
}

// Cells returns the sums of a whole campaign at a moment by month, action, indicator and measure, oldest month first.
func Cells(ctx context.Context, q database.Querier, campaign string, m *Moment) ([]Cell, error) {
	if m != nil {
		return cells(ctx, q, "WITH "+facts.StageTable()+` SELECT 0 AS place, day / 100 AS month, action, indicator, measure, bit AS stage,
				CAST(SUM(n) AS BIGINT) AS n, CAST(SUM(quantity) AS BIGINT) AS quantity, CAST(SUM(fen) AS BIGINT) AS fen
			FROM facts JOIN classes ON id = class JOIN stage ON (stages & bit) <> 0
			WHERE source = $1 AND parent = $2 AND `+m.valid(Action, "")+`
			GROUP BY day / 100, action, indicator, measure, bit ORDER BY month, action, indicator, measure, stage`, campaign)
	}
	return cells(ctx, q, `SELECT place, month, action, indicator, measure, stage, n, quantity, fen
		FROM cells JOIN classes ON id = class WHERE `+facts.Live("")+` AND source = $1 AND parent = $2 AND place = 0 AND n <> 0
		ORDER BY month, action, indicator, measure, stage`, campaign)
}

// CountyCells returns the sums of a campaign by county and measure, over all months, actions and indicators. It omits
// quantities, since their units differ.
func CountyCells(ctx context.Context, q database.Querier, campaign string) ([]Cell, error) {
	return cells(ctx, q, `SELECT place, measure, stage, CAST(SUM(n) AS BIGINT) AS n, CAST(SUM(fen) AS BIGINT) AS fen
		FROM cells JOIN classes ON id = class
		WHERE `+facts.Live("")+` AND source = $1 AND parent = $2 AND place BETWEEN 100000 AND 999999 AND n <> 0
		GROUP BY place, measure, stage ORDER BY place, measure, stage`, campaign)
}

// cells loads sums. The query must return rows that differ only in their stage next to each other.
func cells(ctx context.Context, q database.Querier, query, campaign string) ([]Cell, error) {
	rows, err := database.All[cellRow](ctx, q, query, deliveries, campaign)
	if err != nil {
		return nil, fmt.Errorf("load sums of %s: %w", campaign, err)
	}
	var out []Cell
	for _, r := range rows {
		c := Cell{Place: r.Place, Month: r.Month, Cell: figure.Cell{Action: r.Action, Indicator: r.Indicator, Measure: r.Measure}}
		sum := figure.Sum{Deliveries: r.N, Quantity: r.Quantity, Fen: r.Fen}
		if r.Stage == facts.Recorded {
			c.Recorded = sum
			out = append(out, c)
		} else if last := &out[len(out)-1]; r.Stage == facts.Confirmed { // a confirmed delivery is also recorded
			last.Confirmed = sum
		}
	}
	return out, nil
}

type placeCount struct {
	Place int64 `db:"place"`
	N     int64 `db:"n"`
}

// Reach counts the organizations and villages of all recorded deliveries of a campaign at a moment, or of one of its
// actions.
func Reach(ctx context.Context, q database.Querier, campaign, action string, m *Moment) (figure.Reach, error) {
	if m != nil {
		return reachOfFacts(ctx, q, campaign, action, m)
	}
	slice := "whole"
	if action != "" {
		slice = "action"
	}
	at, err := reaches(ctx, q, facts.Tally{Slice: slice, Class: facts.Class{Source: deliveries, Parent: campaign, Action: action}}, 0, 0)
	return at[0], err
}

// CountyReaches counts the organizations and villages of all recorded deliveries of a campaign in each county, by its
// six digits.
func CountyReaches(ctx context.Context, q database.Querier, campaign string) (map[int64]figure.Reach, error) {
	return reaches(ctx, q, facts.Tally{Slice: "whole", Class: facts.Class{Source: deliveries, Parent: campaign}}, 100000, 999999)
}

// reaches returns the counts of a tally of recorded deliveries for a range of places.
func reaches(ctx context.Context, q database.Querier, t facts.Tally, from, to int64) (map[int64]figure.Reach, error) {
	out := map[int64]figure.Reach{}
	t.Stage = facts.Recorded
	for _, t.Dimension = range []facts.Dimension{facts.Organization, facts.Village} {
		rows, err := database.All[placeCount](ctx, q, "SELECT place, n FROM reaches WHERE "+facts.Live("")+" AND tally = $1 AND place BETWEEN $2 AND $3", t.ID(), from, to)
		if err != nil {
			return nil, fmt.Errorf("load counts of %s: %w", t.Class.Parent, err)
		}
		for _, row := range rows {
			r := out[row.Place]
			if t.Dimension == facts.Organization {
				r.Organizations = row.N
			} else {
				r.Villages = row.N
			}
			out[row.Place] = r
		}
	}
	return out, nil
}
