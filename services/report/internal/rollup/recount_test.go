package rollup

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/services/report/internal/facts"
	"github.com/wancun/wancun/services/report/internal/figure"
)

// total is the sum of some deliveries, with the numbers of different organizations and villages.
type total struct {
	N, Quantity, Fen        int64
	Organizations, Villages int64
}

// recount counts a campaign independently of the rollups: from the newest revision of each delivery, in one pass, with
// a set of names for every heading. It uses none of the declarations of the rollups.
type recount struct {
	totals  map[string]total
	members map[string]map[string]bool
	today   map[string]countedAs
}

func recounted(t *testing.T, entries []*journalv1.Entry, campaign string, today map[string]countedAs) map[string]total {
	t.Helper()
	newest, revisions := map[string]*actionv1.Delivery{}, map[string]int64{}
	for _, e := range entries {
		var r journalv1.Record
		if err := proto.Unmarshal(e.GetRecord(), &r); err != nil {
			t.Fatal(err)
		}
		d := &actionv1.Delivery{}
		if err := r.GetBody().UnmarshalTo(d); err != nil {
			t.Fatal(err)
		}
		if name := r.GetResource(); strings.HasPrefix(name, campaign+"/") && revisions[name] < r.GetRevision() {
			newest[name], revisions[name] = d, r.GetRevision()
		}
	}
	r := recount{map[string]total{}, map[string]map[string]bool{}, today}
	for _, d := range newest {
		r.add(d)
	}
	for heading, of := range r.members {
		l := r.totals[heading]
		for name := range of {
			if strings.HasPrefix(name, "organizations/") {
				l.Organizations++
			} else {
				l.Villages++
			}
		}
		r.totals[heading] = l
	}
	return r.totals
}

func (r recount) add(d *actionv1.Delivery) {
	if d.GetState() == actionv1.Delivery_VOID {
		return
	}
	at, moved := r.today[d.GetVillage()]
	if !moved {
		at = countedAs{d.GetVillage(), strings.TrimPrefix(d.GetVillage(), "villages/")[:6]}
	}
	headings := []string{"in " + at.county, "in " + at.county[:4], "in " + at.county[:2]}
	headings = append(headings, "all", "action "+d.GetAction(), "indicator "+d.GetIndicator(), "alike "+d.GetAction()+d.GetIndicator()+d.GetMeasure().String())
	if d.GetMeasure() != actionv1.Delivery_MEASURE_UNSPECIFIED {
		headings = append(headings, "of any value", "in "+d.GetMeasure().String())
	}
	if d.GetState() == actionv1.Delivery_CONFIRMED {
		for _, h := range slices.Clone(headings) {
			headings = append(headings, "sure: "+h)
		}
	}
	for _, h := range headings {
		l := r.totals[h]
		l.N, l.Quantity, l.Fen = l.N+1, l.Quantity+d.GetQuantity(), l.Fen+d.GetValueFen()
		r.totals[h] = l
		if r.members[h] == nil {
			r.members[h] = map[string]bool{}
		}
		r.members[h][d.GetOrganization()], r.members[h][at.village] = true, true
	}
}

// stored returns the same headings from the rollups.
func stored(ctx context.Context, t *testing.T, q database.Querier, campaign string) map[string]total {
	t.Helper()
	s := New(nil, time.Now, testSources())
	v, err := s.View(ctx, q, &actionv1.Campaign{Name: campaign}, 0, nil)
	if err != nil {
		t.Error(err)
		return nil
	}
	asked := map[string]func(facts.Class) bool{
		"all": nil, "of any value": func(c facts.Class) bool { return c.Measure != facts.Unvalued },
	}
	for _, c := range v.classes {
		measure := actionv1.Delivery_Measure(c.Measure)
		asked["action "+c.Action] = func(other facts.Class) bool { return other.Action == c.Action }
		asked["indicator "+c.Indicator] = func(other facts.Class) bool { return other.Indicator == c.Indicator }
		asked["alike "+c.Action+c.Indicator+measure.String()] = func(other facts.Class) bool { return other == c.Class }
		if measure != 0 {
			asked["in "+measure.String()] = func(other facts.Class) bool { return other.Measure == c.Measure }
		}
	}
	out := map[string]total{}
	for heading, where := range asked {
		selection := v.selection(facts.Formula{Source: deliveries, Where: where})
		for prefix, stage := range map[string]facts.Stage{"": facts.Recorded, "sure: ": facts.Confirmed} {
			selection.Stage = stage
			if l := v.total(ctx, t, selection); l != (total{}) {
				out[prefix+heading] = l
			}
		}
	}
	return byPlace(ctx, t, q, campaign, out)
}

// byPlace adds the totals of counties, prefectures and provinces to others.
func byPlace(ctx context.Context, t *testing.T, q database.Querier, campaign string, totals map[string]total) map[string]total {
	t.Helper()
	type row struct {
		Place     int64           `db:"place"`
		Stage     facts.Stage     `db:"stage"`
		Dimension facts.Dimension `db:"dimension"`
		N         int64           `db:"n"`
		Quantity  int64           `db:"quantity"`
		Fen       int64           `db:"fen"`
	}
	rows, err := database.All[row](ctx, q, `SELECT place, stage, '' AS dimension, CAST(SUM(n) AS BIGINT) AS n, CAST(SUM(quantity) AS BIGINT) AS quantity,
				CAST(SUM(fen) AS BIGINT) AS fen
			FROM cells WHERE build = (SELECT MAX(build) FROM cursors) AND place BETWEEN 10 AND 999999 AND class IN (SELECT id FROM classes WHERE source = 'deliveries' AND parent = $1)
			GROUP BY place, stage
		UNION ALL
		SELECT place, stage, dimension, n, 0, 0
			FROM reaches JOIN (SELECT DISTINCT tallies.id AS tally, stage, dimension FROM tallies JOIN classes ON classes.id = class
				WHERE build = (SELECT MAX(build) FROM cursors) AND slice = 'whole' AND source = 'deliveries' AND parent = $1) AS whole USING (tally)
			WHERE build = (SELECT MAX(build) FROM cursors) AND place BETWEEN 10 AND 999999 AND n <> 0`, campaign)
	if err != nil {
		t.Error(err)
	}
	for _, r := range rows {
		heading := fmt.Sprintf("in %d", r.Place)
		switch r.Stage {
		case facts.Recorded:
		case facts.Confirmed:
			heading = "sure: " + heading
		default:
			continue
		}
		l := totals[heading]
		switch r.Dimension {
		case facts.Organization:
			l.Organizations = r.N
		case facts.Village:
			l.Villages = r.N
		default:
			l.N, l.Quantity, l.Fen = r.N, r.Quantity, r.Fen
		}
		if totals[heading] = l; l == (total{}) {
			delete(totals, heading)
		}
	}
	return totals
}

func (v *View) total(ctx context.Context, t *testing.T, s Selection) (l total) {
	t.Helper()
	var sum figure.Sum
	for _, id := range s.Classes {
		sum = sum.Plus(v.sums[sumKey{id, s.Stage}])
	}
	r, err := v.reach(ctx, s)
	if err != nil {
		t.Error(err)
	}
	return total{sum.Deliveries, sum.Quantity, sum.Fen, r.Organizations, r.Villages}
}

// mustMatchRecount compares the rollups in q with a recount of the entries, for each campaign of a history. today is
// where villages count whose code has changed.
func mustMatchRecount(ctx context.Context, t *testing.T, q database.Querier, entries []*journalv1.Entry, today map[string]countedAs) {
	t.Helper()
	for n := range 2 {
		campaign := fmt.Sprintf("campaigns/c%d", n)
		if diff := gocmp.Diff(recounted(t, entries, campaign, today), stored(ctx, t, q, campaign)); diff != "" {
			t.Errorf("%s after %d entries (-recounted +stored):\n%s", campaign, len(entries), diff)
		}
	}
}
