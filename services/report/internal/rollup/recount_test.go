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
}

func recounted(t *testing.T, entries []*journalv1.Entry, campaign string) map[string]total {
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
	r := recount{map[string]total{}, map[string]map[string]bool{}}
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
	headings := []string{"all", "action " + d.GetAction(), "indicator " + d.GetIndicator(), "alike " + d.GetAction() + d.GetIndicator() + d.GetMeasure().String()}
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
		r.members[h][d.GetOrganization()], r.members[h][d.GetVillage()] = true, true
	}
}

// stored returns the same headings from the rollups.
func stored(ctx context.Context, t *testing.T, q database.Querier, campaign string) map[string]total {
	t.Helper()
	s := New(nil, time.Now, testSources())
	v, err := s.View(ctx, q, &actionv1.Campaign{Name: campaign}, 0)
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
	return out
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

// mustMatchRecount compares the rollups in q with a recount of the entries, for each campaign of a history.
func mustMatchRecount(ctx context.Context, t *testing.T, q database.Querier, entries []*journalv1.Entry) {
	t.Helper()
	for n := range 2 {
		campaign := fmt.Sprintf("campaigns/c%d", n)
		if diff := gocmp.Diff(recounted(t, entries, campaign), stored(ctx, t, q, campaign)); diff != "" {
			t.Errorf("%s after %d entries (-recounted +stored):\n%s", campaign, len(entries), diff)
		}
	}
}
