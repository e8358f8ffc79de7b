package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/servertest"
)

// countyRow is the row of a county in an overview.
type countyRow struct {
	Name, Before                    string
	Deliveries, Cash                int64
	Organizations, Villages, Agreed int64
}

// counties returns the rows of the overview's counties by key.
func (s *stage) counties(t *testing.T, atLeast ...string) map[string]countyRow {
	t.Helper()
	o, _ := s.overview(t, s.bulletin(t, atLeast...).GetAsOf().GetGeneration())
	rows := map[string]countyRow{}
	for _, r := range o.GetCounties() {
		row := countyRow{
			Name: r.GetDisplayName(), Deliveries: r.GetRecorded().GetDeliveries(), Cash: r.GetRecorded().GetCashFen(),
			Organizations: r.GetOrganizations(), Villages: r.GetVillages(), Agreed: r.GetConfirmed().GetDeliveries(),
		}
		for _, p := range r.GetPredecessors() {
			row.Before += p.GetDivision() + " " + p.GetDisplayName()
		}
		rows[r.GetKey()] = row
	}
	return rows
}

func became(code, successor string, kept bool) *villagev1.Succession {
	return &villagev1.Succession{
		Name: "successions/" + code, Predecessor: "divisions/" + code, Successor: "divisions/" + successor, DigitsKept: kept,
	}
}

func TestFiguresByCountyFollowTheSuccessions(t *testing.T) {
	const renamedTo, moved = "433184001201", "430524001202" // the current code of luxi, and of a village in longhui's township
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStage(t, db)
		named := s.villages.write(t, scope(),
			&villagev1.Division{Name: "divisions/433124000000", Code: "433124000000", DisplayName: "花垣县"},
			&villagev1.Division{Name: "divisions/433184000000", Code: "433184000000", DisplayName: "花垣市"},
			&villagev1.Division{Name: "divisions/430524000000", Code: "430524000000", DisplayName: "隆回县"})
		mustReach := func(when string, villages int64) {
			t.Helper()
			b := s.bulletin(t)
			o, _ := s.overview(t, b.GetAsOf().GetGeneration())
			if b.GetVillages() != villages || o.GetTotal().GetVillages() != villages {
				t.Errorf("%s the campaign reaches %d villages by the bulletin and %d by the overview, want %d", when, b.GetVillages(), o.GetTotal().GetVillages(), villages)
			}
		}
		confirmed := grant(3, orgB, luxi, 300)
		confirmed.State = actionv1.Delivery_CONFIRMED
		made := s.actions.write(t, campaign(), operations(1, orgA, luxi, 10), grant(2, orgA, renamedTo, 200), confirmed,
			operations(4, orgA, longhui, 20), grant(5, orgB, moved, 500))
		mustHave := func(what string, got, want map[string]countyRow) {
			t.Helper()
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		longhuiRow := countyRow{Name: "隆回县", Deliveries: 2, Cash: 500, Organizations: 2, Villages: 2}
		before := map[string]countyRow{
			"divisions/430524000000": longhuiRow,
			"divisions/433124000000": {Name: "花垣县", Deliveries: 2, Cash: 300, Organizations: 2, Villages: 1, Agreed: 1},
			"divisions/433184000000": {Name: "花垣市", Deliveries: 1, Cash: 200, Organizations: 1, Villages: 1},
		}
		mustHave("without successions", s.counties(t, named, made), before)
		mustReach("without successions", 4)

		renamed := s.villages.write(t, became("433124000000", "433184000000", true))
		city := countyRow{
			Name: "花垣市", Before: "divisions/433124000000 花垣县", Deliveries: 3, Cash: 500, Organizations: 2, Villages: 1, Agreed: 1,
		}
		mustHave("a county that became a city", s.counties(t, renamed, made), map[string]countyRow{
			"divisions/430524000000": longhuiRow, "divisions/433184000000": city,
		})

		mustReach("after the county became a city,", 3)

		transferred := s.villages.write(t, became("430524001000", "433184003000", true))
		city.Before, city.Deliveries, city.Cash, city.Villages = "divisions/430524000000 隆回县"+city.Before, 5, 1000, 3
		mustHave("and took over a township", s.counties(t, transferred, made), map[string]countyRow{"divisions/433184000000": city})
		if found := s.audit(t, 2); len(found) > 0 {
			t.Errorf("the audit finds %q", found)
		}

		first, second := became("433124000000", "433184000000", true), became("430524001000", "433184003000", true)
		first.Withdrawn, second.Withdrawn = true, true
		mustHave("with both withdrawn", s.counties(t, s.villages.write(t, first, second), made), before)
		mustReach("with both withdrawn", 4)
	})
}
