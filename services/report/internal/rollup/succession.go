package rollup

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/place"
	"github.com/wancun/wancun/services/report/internal/facts"
	"github.com/wancun/wancun/services/report/internal/figure"
)

// applySuccessions stores successions of divisions.
func applySuccessions(ctx context.Context, w *work, changes []change) error {
	for _, c := range changes {
		s := c.succession
		_, err := w.ExecContext(ctx, `INSERT INTO successions (name, revision, predecessor, successor, digits_kept, withdrawn)
			VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (name) DO UPDATE SET revision = excluded.revision, successor = excluded.successor,
				digits_kept = excluded.digits_kept, withdrawn = excluded.withdrawn
			WHERE excluded.revision > successions.revision`,
			c.name, c.revision, access.AreaOf(s.GetPredecessor()), access.AreaOf(s.GetSuccessor()), number(s.GetDigitsKept()), number(s.GetWithdrawn()))
		if err != nil {
			return fmt.Errorf("store %s: %w", c.name, err)
		}
	}
	return nil
}

// number converts a boolean to an integer, which both database engines store and compare alike.
func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Successions returns the successions in force.
func Successions(ctx context.Context, q database.Querier) (*place.Successions, error) {
	type row struct {
		From  string `db:"predecessor"`
		To    string `db:"successor"`
		Keeps int64  `db:"digits_kept"`
	}
	rows, err := database.All[row](ctx, q, "SELECT predecessor, successor, digits_kept FROM successions WHERE withdrawn = 0 ORDER BY name")
	if err != nil {
		return nil, fmt.Errorf("load successions: %w", err)
	}
	moves := make([]place.Move, len(rows))
	for i, r := range rows {
		moves[i] = place.Move{From: r.From, To: r.To, Keeps: r.Keeps != 0}
	}
	return place.New(moves...), nil
}

// today returns the current code of a village and its current county. If only the succession of a division that
// contained the village is known, the code is the old one.
func today(s *place.Successions, village string) (code, county string) {
	code = village
	now := s.Current(code)
	if place.LevelOf(now) == place.Village {
		code = now
	}
	return code, place.Pad(now)[:place.County.Width()]
}

// ByCounty is what was delivered in each current county.
type ByCounty struct {
	// Cells are the sums by county and measure.
	Cells []Cell
	// Reach counts the organizations and villages of all deliveries of a county, by its six digits.
	Reach map[int64]figure.Reach
	// Before are the former counties whose deliveries a county took over, by the county's six digits, sorted by code.
	Before map[int64][]int64
}

// CountiesOfToday returns the sums and the reach of a campaign by county. Each delivery belongs to the county in which
// its village is today. Counties without a succession are read from the rollups. The others are counted from their
// facts, since distinct counts cannot be added and a single township may have moved.
func CountiesOfToday(ctx context.Context, q database.Querier, campaign string) (ByCounty, error) {
	var all ByCounty
	var err error
	if all.Cells, err = CountyCells(ctx, q, campaign); err != nil {
		return all, err
	}
	if all.Reach, err = CountyReaches(ctx, q, campaign); err != nil {
		return all, err
	}
	s, err := Successions(ctx, q)
	if err != nil || s.Empty() {
		return all, err
	}
	counted := &countyTally{successions: s, counties: map[int64]*countyCount{}}
	left := touched(s, all.Cells)
	if err := counted.add(ctx, q, campaign, left); err != nil {
		return all, err
	}
	var joined []int64 // counties that took over deliveries and also have their own
	for county := range counted.counties {
		if !slices.Contains(left, county) {
			joined = append(joined, county)
		}
	}
	if err := counted.add(ctx, q, campaign, joined); err != nil {
		return all, err
	}
	counted.replace(&all, append(left, joined...))
	return all, nil
}

// touched returns the counties of some cells that a succession affects: of the county itself, of a part of it, or of a
// division that contains it.
func touched(s *place.Successions, cells []Cell) []int64 {
	var found []int64
	moves := s.Moves()
	for _, c := range cells {
		code := strconv.FormatInt(c.Place, 10)
		if !slices.Contains(found, c.Place) && slices.ContainsFunc(moves, func(m place.Move) bool {
			return place.Within(m.From, code) || place.Within(code, m.From)
		}) {
			found = append(found, c.Place)
		}
	}
	return found
}

// countyTally counts deliveries by current county.
type countyTally struct {
	successions *place.Successions
	counties    map[int64]*countyCount
}

// countyCount contains the deliveries of one county.
type countyCount struct {
	sums                    map[facts.Measure]*figure.Cell
	organizations, villages map[string]bool
	before                  map[int64]bool
}

type deliveredRow struct {
	Place        int64         `db:"place"`
	Organization string        `db:"organization"`
	Measure      facts.Measure `db:"measure"`
	N            int64         `db:"n"`
	Fen          int64         `db:"fen"`
	ConfirmedN   int64         `db:"confirmed_n"`
	ConfirmedFen int64         `db:"confirmed_fen"`
}

// add counts the facts of some counties.
func (r *countyTally) add(ctx context.Context, q database.Querier, campaign string, counties []int64) error {
	if len(counties) == 0 {
		return nil
	}
	rows, err := database.All[deliveredRow](ctx, q, fmt.Sprintf(`SELECT place, organization, measure, CAST(SUM(n) AS BIGINT) AS n, CAST(SUM(fen) AS BIGINT) AS fen,
			CAST(COALESCE(SUM(CASE WHEN (stages & %[1]d) <> 0 THEN n END), 0) AS BIGINT) AS confirmed_n,
			CAST(COALESCE(SUM(CASE WHEN (stages & %[1]d) <> 0 THEN fen END), 0) AS BIGINT) AS confirmed_fen
		FROM facts JOIN classes ON id = class
		WHERE source = $1 AND parent = $2 AND until = %[2]d AND (stages & %[3]d) <> 0 AND place / %[4]d IN %[5]s
		GROUP BY place, organization, measure`,
		facts.Confirmed, int64(facts.Open), facts.Recorded, facts.Counties, list(counties)), deliveries, campaign)
	if err != nil {
		return fmt.Errorf("count deliveries of counties: %w", err)
	}
	for _, row := range rows {
		if err := r.count(row); err != nil {
			return err
		}
	}
	return nil
}

func (r *countyTally) count(row deliveredRow) error {
	village, code := today(r.successions, strconv.FormatInt(row.Place, 10))
	home, err := strconv.ParseInt(code, 10, 64)
	if err != nil {
		return fmt.Errorf("read division code: %w", err)
	}
	c := r.counties[home]
	if c == nil {
		c = &countyCount{
			sums: map[facts.Measure]*figure.Cell{}, organizations: map[string]bool{}, villages: map[string]bool{}, before: map[int64]bool{},
		}
		r.counties[home] = c
	}
	if was := row.Place / int64(facts.Counties); was != home {
		c.before[was] = true
	}
	if c.sums[row.Measure] == nil {
		c.sums[row.Measure] = &figure.Cell{Measure: row.Measure}
	}
	sum := c.sums[row.Measure]
	sum.Recorded = sum.Recorded.Plus(figure.Sum{Deliveries: row.N, Fen: row.Fen})
	sum.Confirmed = sum.Confirmed.Plus(figure.Sum{Deliveries: row.ConfirmedN, Fen: row.ConfirmedFen})
	c.organizations[row.Organization], c.villages[village] = true, true
	return nil
}

// replace replaces the rollups of some counties by the counts.
func (r *countyTally) replace(all *ByCounty, counties []int64) {
	all.Cells = slices.DeleteFunc(all.Cells, func(c Cell) bool { return slices.Contains(counties, c.Place) })
	for _, c := range counties {
		delete(all.Reach, c)
	}
	all.Before = map[int64][]int64{}
	for code, c := range r.counties {
		for _, measure := range slices.Sorted(maps.Keys(c.sums)) {
			all.Cells = append(all.Cells, Cell{Place: code, Cell: *c.sums[measure]})
		}
		all.Reach[code] = figure.Reach{Organizations: int64(len(c.organizations)), Villages: int64(len(c.villages))}
		if len(c.before) > 0 {
			all.Before[code] = slices.Sorted(maps.Keys(c.before))
		}
	}
	slices.SortStableFunc(all.Cells, func(a, b Cell) int { return cmp.Compare(a.Place, b.Place) })
}
