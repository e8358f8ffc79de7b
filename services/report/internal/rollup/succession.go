package rollup

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/place"
	"github.com/wancun/wancun/services/report/internal/facts"
	"github.com/wancun/wancun/services/report/internal/figure"
)

// succeeds reports whether a change is a succession.
func succeeds(c change) bool { return c.succession != nil }

// applySuccessions stores successions of divisions and moves the facts of the places that they affect. All cursors must
// be locked.
func applySuccessions(ctx context.Context, w *work, changes []change) error {
	if len(changes) == 0 {
		return nil
	}
	columns := []string{"predecessor", "successor", "digits_kept", "withdrawn"}
	for _, c := range changes {
		s := c.succession
		err := w.storeVersion(ctx, "successions", columns, c,
			access.AreaOf(s.GetPredecessor()), access.AreaOf(s.GetSuccessor()), number(s.GetDigitsKept()), number(s.GetWithdrawn()))
		if err != nil {
			return err
		}
	}
	last := slices.MaxFunc(changes, func(a, b change) int { return cmp.Compare(a.position, b.position) }).position
	if _, err := w.ExecContext(ctx, "UPDATE cursors SET places = $1 WHERE places < $1", last); err != nil {
		return fmt.Errorf("store the position of %s: %w", changes[0].name, err)
	}
	moves, err := Successions(ctx, w, nil)
	if err != nil {
		return err
	}
	w.homes = homes{moves}
	return moveFacts(ctx, w)
}

// number converts a boolean to an integer, which both database engines store and compare alike.
func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Successions returns the successions in force at a moment.
func Successions(ctx context.Context, q database.Querier, m *Moment) (*place.Successions, error) {
	type row struct {
		From  string `db:"predecessor"`
		To    string `db:"successor"`
		Keeps int64  `db:"digits_kept"`
	}
	rows, err := database.All[row](ctx, q, "SELECT predecessor, successor, digits_kept FROM successions WHERE withdrawn = 0 AND "+m.valid(Village, "")+" ORDER BY name")
	if err != nil {
		return nil, fmt.Errorf("load successions: %w", err)
	}
	moves := make([]place.Move, len(rows))
	for i, r := range rows {
		moves[i] = place.Move{From: r.From, To: r.To, Keeps: r.Keeps != 0}
	}
	return place.New(moves...), nil
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

// CountiesOf returns the sums and the reach of a campaign by county, at a moment.
func CountiesOf(ctx context.Context, q database.Querier, campaign string, m *Moment) (c ByCounty, err error) {
	if m != nil {
		return countiesOfFacts(ctx, q, campaign, m)
	}
	if c.Cells, err = CountyCells(ctx, q, campaign); err != nil {
		return c, err
	}
	if c.Reach, err = CountyReaches(ctx, q, campaign); err != nil {
		return c, err
	}
	c.Before, err = formerCounties(ctx, q, campaign)
	return c, err
}

// formerCounties returns the counties in which deliveries of a campaign were recorded that another county took over, by
// that county.
func formerCounties(ctx context.Context, q database.Querier, campaign string) (map[int64][]int64, error) {
	type row struct {
		County int64 `db:"county"`
		Was    int64 `db:"was"`
	}
	rows, err := database.All[row](ctx, q, fmt.Sprintf(`SELECT DISTINCT home / %[1]d AS county, place / %[1]d AS was
		FROM facts WHERE home <> place AND home / %[1]d <> place / %[1]d AND until = %[2]d AND (stages & %[3]d) <> 0
			AND class IN (SELECT id FROM classes WHERE source = $1 AND parent = $2)
		ORDER BY county, was`, facts.Counties, int64(facts.Open), facts.Recorded), deliveries, campaign)
	if err != nil {
		return nil, fmt.Errorf("load former counties: %w", err)
	}
	before := map[int64][]int64{}
	for _, r := range rows {
		before[r.County] = append(before[r.County], r.Was)
	}
	return before, nil
}
