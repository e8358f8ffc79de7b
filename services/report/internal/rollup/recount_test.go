package rollup

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/services/report/internal/figure"
)

// recount computes the totals of a campaign the long way: from the newest revision of each delivery, in one pass, with a
// set of names for every slice. It shares nothing with the increments nor with the queries of a rebuild.
type recount struct {
	cells    map[figure.Cell]*figure.Cell // by action, indicator and measure
	members  map[figure.Slice]map[string]bool
	vouchers map[figure.Slice]map[string]bool // the members of confirmed deliveries
}

func recounted(changes []change, campaign string) figure.Totals {
	newest := map[string]*fact{}
	for _, c := range changes {
		if c.fact != nil && c.fact.Campaign == campaign && (newest[c.name] == nil || newest[c.name].Revision < c.revision) {
			newest[c.name] = c.fact
		}
	}
	r := recount{map[figure.Cell]*figure.Cell{}, map[figure.Slice]map[string]bool{}, map[figure.Slice]map[string]bool{}}
	for _, f := range newest {
		if f.State != void {
			r.add(f)
		}
	}
	return r.totals()
}

func (r recount) add(f *fact) {
	alike := figure.Cell{Action: f.Action, Indicator: f.Indicator, Measure: actionv1.Delivery_Measure(f.Measure)}
	if r.cells[alike] == nil {
		cell := alike
		r.cells[alike] = &cell
	}
	one := figure.Sum{Deliveries: 1, Quantity: f.Quantity, Fen: f.Fen}
	r.cells[alike].Recorded = plus(r.cells[alike].Recorded, one)
	of := figure.SlicesOf(f.Action, f.Indicator, alike.Measure)
	note(r.members, of, f)
	if f.State == confirmed {
		r.cells[alike].Confirmed = plus(r.cells[alike].Confirmed, one)
		note(r.vouchers, of, f)
	}
}

func plus(a, b figure.Sum) figure.Sum {
	return figure.Sum{Deliveries: a.Deliveries + b.Deliveries, Quantity: a.Quantity + b.Quantity, Fen: a.Fen + b.Fen}
}

func note(members map[figure.Slice]map[string]bool, of []figure.Slice, f *fact) {
	enter := func(s figure.Slice, name string) {
		if members[s] == nil {
			members[s] = map[string]bool{}
		}
		members[s][name] = true
	}
	for _, s := range of {
		enter(s, f.Organization)
		enter(s, villageName(f.Village))
	}
	if authority := strings.TrimPrefix(f.Organization, "organizations/")[2:8]; authority == "430000" {
		enter(figure.OfProvinces, f.Organization)
	}
}

func (r recount) totals() figure.Totals {
	t := figure.Totals{Reach: map[figure.Slice]figure.Reach{}}
	for _, c := range r.cells {
		t.Cells = append(t.Cells, *c)
	}
	slices.SortFunc(t.Cells, func(a, b figure.Cell) int {
		return cmp.Or(cmp.Compare(a.Action, b.Action), cmp.Compare(a.Indicator, b.Indicator), cmp.Compare(a.Measure, b.Measure))
	})
	for s := range r.members {
		organizations, villages := tally(r.members[s])
		sure, reached := tally(r.vouchers[s])
		t.Reach[s] = figure.Reach{
			Organizations: organizations, Villages: villages, ConfirmedOrganizations: sure, ConfirmedVillages: reached,
		}
	}
	return t
}

func tally(members map[string]bool) (organizations, villages int64) {
	for name := range members {
		if strings.HasPrefix(name, "organizations/") {
			organizations++
		} else {
			villages++
		}
	}
	return organizations, villages
}

// mustMatchRecount compares the totals that q shows with those of the changes, for each campaign of a history.
func mustMatchRecount(ctx context.Context, t *testing.T, q database.Querier, changes []change) {
	t.Helper()
	for _, campaign := range []string{"c0", "c1"} {
		got, err := Totals(ctx, q, campaign)
		if err != nil {
			t.Error(err)
			return
		}
		// Rows that count nothing stay behind where something once was.
		got.Cells = slices.DeleteFunc(got.Cells, func(c figure.Cell) bool { return c.Recorded == figure.Sum{} && c.Confirmed == figure.Sum{} })
		for s, r := range got.Reach {
			if r == (figure.Reach{}) {
				delete(got.Reach, s)
			}
		}
		if diff := gocmp.Diff(recounted(changes, campaign), got); diff != "" {
			t.Errorf("%s after %d entries (-recounted +stored):\n%s", campaign, len(changes), diff)
		}
	}
}
