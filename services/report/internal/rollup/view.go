package rollup

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/services/report/internal/facts"
	"github.com/wancun/wancun/services/report/internal/figure"
)

// View contains a campaign's figures in one snapshot: its classes, their sums, and the stored distinct counts.
type View struct {
	// Campaign is the campaign of the figures.
	Campaign *actionv1.Campaign

	q       database.Querier
	kinds   kinds
	on      day.Day // the day on which lasting facts and the villages of the scope are counted
	at      *Moment
	classes []classRow
	sums    map[sumKey]figure.Sum
	counts  map[int64]int64 // counts of tallies in the whole country
	exact   map[string]int64
}

type sumKey struct {
	class int64
	stage facts.Stage
}

type sumRow struct {
	Class    int64       `db:"class"`
	Stage    facts.Stage `db:"stage"`
	N        int64       `db:"n"`
	Quantity int64       `db:"quantity"`
	Fen      int64       `db:"fen"`
}

type countRow struct {
	Tally int64 `db:"tally"`
	N     int64 `db:"n"`
}

// View loads the figures of a campaign at a moment from the snapshot q. on is the day on which lasting facts are counted,
// such as the villages of a scope. At an earlier moment, the figures are computed from facts.
func (s *Store) View(ctx context.Context, q database.Querier, c *actionv1.Campaign, on day.Day, m *Moment) (v *View, err error) {
	campaign := c.GetName()
	v = &View{Campaign: c, q: q, kinds: s.kinds, on: on, at: m, sums: map[sumKey]figure.Sum{}, counts: map[int64]int64{}, exact: map[string]int64{}}
	parents := []any{campaign, c.GetScope(), ""}
	const within = "(SELECT id FROM classes WHERE parent IN ($1, $2, $3))"
	v.classes, err = database.All[classRow](ctx, q, "SELECT "+classColumns+" FROM classes WHERE parent IN ($1, $2, $3) ORDER BY id", parents...)
	if err != nil {
		return nil, fmt.Errorf("load classes of %s: %w", campaign, err)
	}
	if m != nil {
		err = v.sumFacts(ctx)
		return v, err
	}
	sums, err := database.All[sumRow](ctx, q, `SELECT class, stage, CAST(SUM(n) AS BIGINT) AS n, CAST(SUM(quantity) AS BIGINT) AS quantity,
			CAST(SUM(fen) AS BIGINT) AS fen
		FROM cells WHERE `+facts.Live("")+` AND place = 0 AND class IN `+within+` GROUP BY class, stage`, parents...)
	if err != nil {
		return nil, fmt.Errorf("load sums of %s: %w", campaign, err)
	}
	for _, r := range sums {
		v.sums[sumKey{r.Class, r.Stage}] = figure.Sum{Deliveries: r.N, Quantity: r.Quantity, Fen: r.Fen}
	}
	counts, err := database.All[countRow](ctx, q, `SELECT tally, n FROM reaches
		WHERE `+facts.Live("")+` AND place = 0 AND tally IN (SELECT id FROM tallies WHERE `+facts.Live("")+` AND class IN `+within+`)`, parents...)
	if err != nil {
		return nil, fmt.Errorf("load counts of %s: %w", campaign, err)
	}
	for _, r := range counts {
		v.counts[r.Tally] = r.N
	}
	v.nameTallies()
	return v, nil
}

// nameTallies finds the classes of each tally in the view.
func (v *View) nameTallies() {
	holds := map[tallyRow][]int64{}
	for _, c := range v.classes { // in the order of their ids
		for _, t := range v.kinds.tallyRows(c.Class) {
			if t.ID != t.Finest {
				t.Class, t.Finest = 0, 0
				holds[t] = append(holds[t], c.ID)
			}
		}
	}
	for t, classes := range holds {
		v.exact[setKey(classes, t.Stage, t.Dimension)] = t.ID
	}
}

// setKey returns the key of a distinct count over a set of classes.
func setKey(classes []int64, stage facts.Stage, d facts.Dimension) string {
	var b []byte
	for _, c := range classes {
		b = binary.BigEndian.AppendUint64(b, uint64(c)) //nolint:gosec // ids are not negative
	}
	return fmt.Sprintf("%s/%d/%s", b, stage, d)
}

// source returns the source with this name.
func (k kinds) source(name string) facts.Source {
	for _, s := range k {
		if s.Name == name {
			return s
		}
	}
	return facts.Source{}
}

// Selection is the facts that make up a figure.
type Selection struct {
	// Classes are the classes of the facts, in the order of their ids.
	Classes []int64
	// Stage is the stage that the facts have reached.
	Stage facts.Stage
	// Some limits the facts to those of organizations whose own facts belong to the classes Who.
	Some bool
	Who  []int64

	formula facts.Formula
	source  facts.Source
	at      *Moment
}

// Select returns the facts that make up an indicator's recorded or confirmed figure. It returns false if the indicator
// has no such figure.
func (v *View) Select(i *actionv1.Indicator, confirmed bool) (s Selection, ok bool) {
	f, ok := figure.FormulaOf(i)
	if !ok {
		return s, false
	}
	s = v.selection(f)
	if confirmed {
		s.Stage = facts.Confirmed
		return s, f.Stage == 0 && slices.Contains(s.source.Stages, s.Stage)
	}
	return s, true
}

func (v *View) selection(f facts.Formula) Selection {
	s := Selection{Some: f.Who != nil, formula: f, at: v.at, source: v.kinds.source(f.Source)}
	if s.Stage = f.Stage; s.Stage == 0 && len(s.source.Stages) > 0 {
		s.Stage = s.source.Stages[0]
	}
	for _, c := range v.classes {
		if c.Source == f.Source && (f.Where == nil || f.Where(c.Class)) {
			s.Classes = append(s.Classes, c.ID)
		}
		if f.Who != nil && c.Source == organizations && f.Who(c.Class) {
			s.Who = append(s.Who, c.ID)
		}
	}
	return s
}

// The sources with special rules in the protos.
const (
	deliveries    = "deliveries"
	organizations = "organizations"
	scopeMembers  = "scope_members"
)

// Delivered reports whether a selection consists of deliveries. Only those can be listed as entries.
func (s Selection) Delivered() bool { return s.source.Name == deliveries }

// Answer returns the recorded figure of an indicator, or a zero Answer if the indicator is only stated.
func (v *View) Answer(ctx context.Context, i *actionv1.Indicator) (a figure.Answer, err error) {
	s, ok := v.Select(i, false)
	if !ok {
		return a, nil
	}
	if a.Recorded, err = v.Amount(ctx, i, s); err != nil {
		return a, err
	}
	if sure, ok := v.Select(i, true); ok {
		if a.Confirmed, err = v.Amount(ctx, i, sure); err != nil {
			return a, err
		}
	}
	if s.Some {
		a.Organizations = a.Recorded.GetValue() // villages and money are not stored by organization
		return a, nil
	}
	if s.source.Has(facts.Village) && !s.source.Lasting {
		r, err := v.reach(ctx, s)
		a.Organizations, a.Villages = r.Organizations, &r.Villages
		return a, err
	}
	return a, nil
}

// reach counts the organizations and the villages of a selection. A count is 0 if the source does not have that
// dimension.
func (v *View) reach(ctx context.Context, s Selection) (r figure.Reach, err error) {
	if s.source.Lasting {
		return r, nil
	}
	if r.Organizations, err = v.distinct(ctx, s, facts.Organization); err != nil {
		return r, err
	}
	r.Villages, err = v.distinct(ctx, s, facts.Village)
	return r, err
}

// Amount returns the amount of an indicator from the facts of a selection.
func (v *View) Amount(ctx context.Context, i *actionv1.Indicator, s Selection) (*reportv1.Amount, error) {
	a := &reportv1.Amount{}
	if !s.Some {
		sums, err := v.sumsOf(ctx, s)
		if err != nil {
			return nil, err
		}
		for _, id := range s.Classes {
			figure.Part(a, i, s.formula.Of, v.class(id).Measure, sums[id])
		}
	}
	if !s.Delivered() {
		a = &reportv1.Amount{Value: a.GetValue()}
	}
	if s.formula.Of != facts.Distinct {
		return a, nil
	}
	var err error
	a.Value, err = v.distinct(ctx, s, s.formula.Dimension)
	return a, err
}

// sumsOf returns the sums of a selection by class.
func (v *View) sumsOf(ctx context.Context, s Selection) (map[int64]figure.Sum, error) {
	if s.ofDay() {
		return v.sumsOfDay(ctx, s)
	}
	sums := make(map[int64]figure.Sum, len(s.Classes))
	for _, id := range s.Classes {
		sums[id] = v.sums[sumKey{id, s.Stage}]
	}
	return sums, nil
}

func (v *View) class(id int64) classRow {
	i, _ := slices.BinarySearchFunc(v.classes, id, func(c classRow, id int64) int { return cmp.Compare(c.ID, id) })
	return v.classes[i]
}

// Whole is the total of a campaign.
type Whole struct {
	Recorded, Confirmed *reportv1.Amount
	figure.Reach
	// ScopeVillages is the number of villages in the scope.
	ScopeVillages int64
}

// Whole returns the total of the campaign. Its amounts have a value of 0, since quantities of different units cannot be
// added.
func (v *View) Whole(ctx context.Context) (w Whole, err error) {
	s := v.selection(facts.Formula{Source: deliveries})
	w.Recorded, w.Confirmed = &reportv1.Amount{}, &reportv1.Amount{}
	for _, id := range s.Classes {
		measure := v.class(id).Measure
		figure.Add(w.Recorded, measure, v.sums[sumKey{id, facts.Recorded}])
		figure.Add(w.Confirmed, measure, v.sums[sumKey{id, facts.Confirmed}])
	}
	if w.Reach, err = v.reach(ctx, s); err != nil {
		return w, err
	}
	scope := v.selection(facts.Formula{Source: scopeMembers})
	w.ScopeVillages, err = v.distinct(ctx, scope, facts.Village)
	return w, err
}
