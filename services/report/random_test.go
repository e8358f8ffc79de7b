package report

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/servertest"
)

// counted is what an answer shows for one of its headings.
type counted struct {
	Value, Deliveries, Cash, Goods, Services, Confirmed int64
	Organizations, Villages                             int64
}

// recount counts deliveries by heading, in one pass, independently of report.
type recount struct {
	rows    map[string]counted
	members map[string]map[string]bool
}

func recountOf(newest map[string]*actionv1.Delivery) map[string]counted {
	r := recount{map[string]counted{}, map[string]map[string]bool{}}
	for _, d := range newest {
		if d.GetState() != actionv1.Delivery_VOID {
			r.add(d)
		}
	}
	for heading, members := range r.members {
		row := r.rows[heading]
		for m := range members {
			if strings.HasPrefix(m, "organizations/") {
				row.Organizations++
			} else {
				row.Villages++
			}
		}
		r.rows[heading] = row
	}
	different := r.rows["figure MB02"]
	different.Value = different.Organizations
	r.rows["figure MB02"] = different
	return r.rows
}

func (r recount) add(d *actionv1.Delivery) {
	county := strings.TrimPrefix(d.GetVillage(), "villages/")[:6]
	r.row("total", d, 0)
	r.row("action "+d.GetAction(), d, 0)
	r.row("county divisions/"+county+"000000", d, 0)
	r.row(fmt.Sprintf("month %d-%02d", d.GetDeliveryDate().GetYear(), d.GetDeliveryDate().GetMonth()), d, 0)
	r.row("figure MB02", d, 0)
	switch d.GetMeasure() {
	case actionv1.Delivery_CASH:
		r.row("figure TT01", d, d.GetValueFen())
		r.row("figure HP04", d, d.GetValueFen())
	case actionv1.Delivery_GOODS:
		r.row("figure TT02", d, d.GetValueFen())
	default:
		r.row("figure BR03", d, d.GetQuantity())
	}
}

func (r recount) row(heading string, d *actionv1.Delivery, value int64) {
	row := r.rows[heading]
	row.Value, row.Deliveries = row.Value+value, row.Deliveries+1
	switch d.GetMeasure() {
	case actionv1.Delivery_CASH:
		row.Cash += d.GetValueFen()
	case actionv1.Delivery_GOODS:
		row.Goods += d.GetValueFen()
	default:
	}
	if d.GetState() == actionv1.Delivery_CONFIRMED {
		row.Confirmed++
	}
	r.rows[heading] = row
	if strings.HasPrefix(heading, "month ") {
		return // an overview does not count the members of months
	}
	if r.members[heading] == nil {
		r.members[heading] = map[string]bool{}
	}
	r.members[heading][d.GetOrganization()], r.members[heading][d.GetVillage()] = true, true
}

// shown returns the same headings from a bulletin and an overview.
func (s *stage) shown(t *testing.T, atLeast string) map[string]counted {
	t.Helper()
	b := s.bulletin(t, atLeast)
	o, _ := s.overview(t, b.GetAsOf().GetGeneration())
	out := map[string]counted{}
	show := func(heading string, recorded, confirmed *reportv1.Amount, organizations, villages int64) {
		out[heading] = counted{
			recorded.GetValue(), recorded.GetDeliveries(), recorded.GetCashFen(), recorded.GetGoodsFen(), recorded.GetServiceFen(),
			confirmed.GetDeliveries(), organizations, villages,
		}
	}
	for _, id := range []string{"MB02", "TT01", "TT02", "BR03", "HP04"} {
		f := figures(b)[id]
		show("figure "+id, f.GetRecorded(), f.GetConfirmed(), f.GetOrganizations(), f.GetVillages())
	}
	for prefix, rows := range map[string][]*reportv1.OverviewRow{"action ": o.GetActions(), "county ": o.GetCounties(), "month ": o.GetMonths()} {
		for _, r := range rows {
			show(prefix+r.GetKey(), r.GetRecorded(), r.GetConfirmed(), r.GetOrganizations(), r.GetVillages())
		}
	}
	show("total", o.GetTotal().GetRecorded(), o.GetTotal().GetConfirmed(), o.GetTotal().GetOrganizations(), o.GetTotal().GetVillages())
	return out
}

// change makes a random amendment, confirmation, dispute or void of a delivery.
func change(r *rand.Rand, d *actionv1.Delivery) {
	d.State = actionv1.Delivery_RECORDED
	switch r.IntN(6) {
	case 0:
		d.State = actionv1.Delivery_CONFIRMED
	case 1:
		d.State = actionv1.Delivery_DISPUTED
	case 2:
		d.State = actionv1.Delivery_VOID
	default:
		d.Organization = fmt.Sprintf("organizations/51430000MJJ00000%02d", r.IntN(40))
		d.Village = []string{"villages/433124001201", "villages/433124002201", "villages/433122001201", "villages/430524001201", "villages/450102003004"}[r.IntN(5)]
		d.DeliveryDate = &date.Date{Year: 2019, Month: int32(8 + r.IntN(4)), Day: 1}
		d.Quantity, d.ValueFen, d.Measure, d.Action, d.Indicator = int64(r.IntN(50)), 0, actionv1.Delivery_MEASURE_UNSPECIFIED, "bright", "BR03"
		if r.IntN(2) == 0 {
			d.ValueFen, d.Measure, d.Action, d.Indicator = int64(r.IntN(1e6)), actionv1.Delivery_CASH, "hope", "HP04"
		}
		if r.IntN(4) == 0 {
			d.ValueFen, d.Measure, d.Action, d.Indicator = int64(r.IntN(1e6)), actionv1.Delivery_GOODS, "hope", "HP05"
		}
	}
}

func TestABulletinAndAnOverviewEqualTheRecountOfTenThousandRandomWrites(t *testing.T) {
	const seed, writes, atOnce = 23, 10_000, 500
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		t.Logf("seed %d", seed)
		r := rand.New(rand.NewPCG(seed, 1))
		s := newStage(t, db)
		s.actions.write(t, campaign())
		newest := map[string]*actionv1.Delivery{}
		for range writes / atOnce {
			var batch []named
			for range atOnce {
				d := operations(r.IntN(writes/3), orgA, luxi, 1)
				if before := newest[d.GetName()]; before != nil {
					d = proto.CloneOf(before)
				}
				change(r, d)
				newest[d.GetName()] = d
				batch = append(batch, d)
			}
			at := s.actions.write(t, batch...)
			if diff := cmp.Diff(recountOf(newest), s.shown(t, at)); diff != "" {
				t.Fatalf("after %s (-recounted +shown):\n%s", at, diff)
			}
		}
	})
}
