package rollup

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/services/report/internal/facts"
	"github.com/wancun/wancun/services/report/internal/figure"
)

// sumFacts sets the sums of the view from the facts that were valid at its moment.
func (v *View) sumFacts(ctx context.Context) error {
	byLog := map[string][]int64{}
	for _, c := range v.classes {
		log := v.kinds.source(c.Source).Log
		byLog[log] = append(byLog[log], c.ID)
	}
	for log, classes := range byLog {
		sums, err := database.All[sumRow](ctx, v.q, "WITH "+facts.StageTable()+` SELECT class, bit AS stage, CAST(SUM(n) AS BIGINT) AS n,
				CAST(SUM(quantity) AS BIGINT) AS quantity, CAST(SUM(fen) AS BIGINT) AS fen
			FROM facts JOIN stage ON (stages & bit) <> 0
			WHERE class IN `+list(classes)+` AND last_day = 0 AND `+v.at.valid(log, "")+` GROUP BY class, bit`)
		if err != nil {
			return fmt.Errorf("sum facts of %s: %w", v.Campaign.GetName(), err)
		}
		for _, r := range sums {
			v.sums[sumKey{r.Class, r.Stage}] = figure.Sum{Deliveries: r.N, Quantity: r.Quantity, Fen: r.Fen}
		}
	}
	return nil
}

// distinctFacts counts the different members of a selection at the view's moment. It has villages, the counties and
// prefectures that contain them, and organizations.
func (v *View) distinctFacts(ctx context.Context, s Selection, d facts.Dimension) (int64, error) {
	from, args := " FROM facts f WHERE f.class IN "+list(s.Classes)+" AND "+s.counts("f"), []any{int64(s.Stage)}
	if s.ofDay() {
		from, args = " FROM facts f WHERE "+v.countsOn(s), append(args, int64(v.on))
	}
	switch {
	case d == facts.County || d == facts.Prefecture || d == facts.Village && s.source.Has(d):
		places, err := database.All[string](ctx, v.q, "SELECT DISTINCT CAST(f.place AS TEXT)"+from+" AND f.place % 1000 <> 0", args...)
		if err != nil {
			return 0, fmt.Errorf("load villages: %w", err)
		}
		return v.differentPlaces(ctx, d, places)
	case d == facts.Organization && s.source.Has(d):
		n, err := database.One[int64](ctx, v.q, "SELECT COUNT(DISTINCT f.organization)"+from+" AND f.organization <> ''", args...)
		if err != nil {
			return 0, fmt.Errorf("count organizations: %w", err)
		}
		return n, nil
	default:
		return 0, nil
	}
}

// ScopeVillages returns the places of the villages that are in a scope on a day, as known at a moment.
func ScopeVillages(ctx context.Context, q database.Querier, scope string, on day.Day, m *Moment) ([]int64, error) {
	places, err := database.All[int64](ctx, q, "SELECT DISTINCT f.place FROM facts f JOIN classes ON id = f.class WHERE source = $1 AND parent = $3 AND "+
		m.valid(Village, "f.")+" AND "+holding("f"), scopeMembers, int64(on), scope)
	if err != nil {
		return nil, fmt.Errorf("load the villages of %s: %w", scope, err)
	}
	return places, nil
}

// CountingDay returns the day on which lasting facts of a campaign are counted: today, or the campaign's last day after
// it has ended.
func CountingDay(c *actionv1.Campaign, now time.Time) day.Day {
	if end, ok := day.Of(c.GetEndDate()); ok {
		return min(end, day.Today(now))
	}
	return day.Today(now)
}

// differentPlaces counts the villages that took over the given villages by the view's moment, or the counties or
// prefectures that contain them.
func (v *View) differentPlaces(ctx context.Context, d facts.Dimension, villages []string) (int64, error) {
	moves, err := Successions(ctx, v.q, v.at)
	if err != nil {
		return 0, err
	}
	different := map[int64]bool{}
	for _, code := range villages {
		at, err := strconv.ParseInt(code, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read the code of a village: %w", err)
		}
		home, village, err := homes{moves}.of(at)
		if err != nil {
			return 0, err
		}
		if d == facts.Village {
			different[village] = true
		} else {
			different[home/int64(placesOf(d))] = true
		}
	}
	return int64(len(different)), nil
}

// reachOfFacts is Reach for an earlier moment.
func reachOfFacts(ctx context.Context, q database.Querier, campaign, action string, m *Moment) (figure.Reach, error) {
	c, err := countFacts(ctx, q, campaign, action, m, func(int64) int64 { return 0 })
	return c.Reach[0], err
}

// countiesOfFacts is CountiesOf for an earlier moment.
func countiesOfFacts(ctx context.Context, q database.Querier, campaign string, m *Moment) (ByCounty, error) {
	return countFacts(ctx, q, campaign, "", m, func(home int64) int64 { return home / int64(facts.Counties) })
}

type deliveredRow struct {
	Place        int64         `db:"place"`
	Organization string        `db:"organization"`
	Measure      facts.Measure `db:"measure"`
	Stages       facts.Stages  `db:"stages"`
	N            int64         `db:"n"`
	Fen          int64         `db:"fen"`
}

// countFacts counts the facts of recorded deliveries at an earlier moment, of one action or of all (""), by what area
// returns for their homes.
func countFacts(ctx context.Context, q database.Querier, campaign, action string, m *Moment, area func(home int64) int64) (ByCounty, error) {
	rows, err := database.All[deliveredRow](ctx, q, `SELECT place, organization, measure, stages, CAST(SUM(n) AS BIGINT) AS n, CAST(SUM(fen) AS BIGINT) AS fen
		FROM facts JOIN classes ON id = class
		WHERE source = $1 AND parent = $2 AND (action = $3 OR $3 = '') AND (stages & $4) <> 0 AND `+m.valid(Action, "")+`
		GROUP BY place, organization, measure, stages`, deliveries, campaign, action, int64(facts.Recorded))
	if err != nil {
		return ByCounty{}, fmt.Errorf("count facts of %s: %w", campaign, err)
	}
	moves, err := Successions(ctx, q, m)
	if err != nil {
		return ByCounty{}, err
	}
	t := factTally{homes: homes{moves}, area: area, cells: map[areaKey]*figure.Cell{}, before: map[[2]int64]bool{}, members: map[areaMember]bool{}}
	for _, row := range rows {
		if err := t.add(row); err != nil {
			return ByCounty{}, err
		}
	}
	return t.byCounty(), nil
}

// factTally counts facts by area.
type factTally struct {
	homes   homes
	area    func(home int64) int64
	cells   map[areaKey]*figure.Cell
	before  map[[2]int64]bool // an area, and a county that it took over
	members map[areaMember]bool
}

type areaKey struct {
	area    int64
	measure facts.Measure
}

// areaMember is an organization or a village in an area.
type areaMember struct {
	area         int64
	organization string
	village      int64
}

func (t factTally) add(row deliveredRow) error {
	home, village, err := t.homes.of(row.Place)
	if err != nil {
		return err
	}
	area := t.area(home)
	key := areaKey{area, row.Measure}
	if t.cells[key] == nil {
		t.cells[key] = &figure.Cell{Measure: row.Measure}
	}
	sum := figure.Sum{Deliveries: row.N, Fen: row.Fen}
	t.cells[key].Recorded = t.cells[key].Recorded.Plus(sum)
	if row.Stages.Has(facts.Confirmed) {
		t.cells[key].Confirmed = t.cells[key].Confirmed.Plus(sum)
	}
	if was := row.Place / int64(facts.Counties); was != home/int64(facts.Counties) {
		t.before[[2]int64{area, was}] = true
	}
	t.members[areaMember{area: area, organization: row.Organization}] = true
	t.members[areaMember{area: area, village: village}] = true
	return nil
}

func (t factTally) byCounty() ByCounty {
	c := ByCounty{Reach: map[int64]figure.Reach{}, Before: map[int64][]int64{}}
	for key, cell := range t.cells {
		c.Cells = append(c.Cells, Cell{Place: key.area, Cell: *cell})
	}
	slices.SortFunc(c.Cells, func(a, b Cell) int { return cmp.Or(cmp.Compare(a.Place, b.Place), cmp.Compare(a.Measure, b.Measure)) })
	for member := range t.members {
		r := c.Reach[member.area]
		if member.village != 0 {
			r.Villages++
		} else {
			r.Organizations++
		}
		c.Reach[member.area] = r
	}
	for took := range t.before {
		c.Before[took[0]] = append(c.Before[took[0]], took[1])
	}
	for _, was := range c.Before {
		slices.Sort(was)
	}
	return c
}
