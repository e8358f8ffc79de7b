package report

import (
	"testing"

	"google.golang.org/grpc/codes"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/servertest"
)

// registered is an organization in the register.
func registered(uscc string, level orgv1.Organization_Level, division string) *orgv1.Organization {
	return &orgv1.Organization{
		Name: "organizations/" + uscc, Uscc: uscc, Level: level, Division: "divisions/" + division,
		Type: orgv1.Organization_SOCIAL_GROUP, State: orgv1.Organization_APPROVED,
	}
}

// register writes the organizations of the tests and returns the position of the last.
func register(t *testing.T, s *stage) string {
	t.Helper()
	return s.orgs.write(t,
		registered(orgA, orgv1.Organization_PROVINCIAL, "430000000000"), registered(orgB, orgv1.Organization_PROVINCIAL, "430000000000"),
		registered(ofACounty, orgv1.Organization_COUNTY, "430525000000"), registered(ofTheState, orgv1.Organization_NATIONAL, "100000000000"))
}

func TestAProvincialFigureCountsOrganizationsOfProvincesAlone(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStage(t, db)
		sure := grant(5, orgB, longhui, 700)
		sure.State = actionv1.Delivery_CONFIRMED
		s.bulletin(t, register(t, s), s.actions.write(t, campaign()))
		want := func(story string, recorded, confirmed int64, deliveries ...*actionv1.Delivery) {
			t.Helper()
			for _, d := range deliveries {
				s.bulletin(t, s.actions.write(t, d))
			}
			b := s.bulletin(t)
			if f := figures(b)["PV04"]; f.GetRecorded().GetValue() != recorded || f.GetConfirmed().GetValue() != confirmed || f.GetOrganizations() != recorded {
				t.Errorf("%s: PV04 = %v, want %d and %d confirmed", story, f, recorded, confirmed)
			}
			s.mustAddUp(t, "PV04", false, figures(b)["PV04"].GetRecorded())
			s.mustAddUp(t, "PV04", true, figures(b)["PV04"].GetConfirmed())
		}
		want("a county's and the state's own", 0, 0, grant(1, ofACounty, luxi, 100), grant(2, ofTheState, luxi, 100))
		want("one of the province, twice", 1, 0, grant(3, orgA, luxi, 100), operations(4, orgA, longhui, 1))
		want("another, confirmed", 2, 1, sure)
		if all := figures(s.bulletin(t))["MB02"]; all.GetRecorded().GetValue() != 4 {
			t.Errorf("MB02 = %v, want all four", all)
		}
		again := grant(6, orgA, luxi, 100)
		want("the first once more, and the other", 2, 1, again, grant(7, orgB, luxi, 100))
		changes := func(story string, d *actionv1.Delivery) {
			t.Helper()
			first, err := s.entries(t, "PV04", false, "")
			if err != nil {
				t.Fatal(err)
			}
			want(story, 2, 1, d)
			_, err = s.entries(t, "PV04", false, first.GetNextPageToken())
			wantCode(t, err, codes.Aborted, "FIGURE_CHANGED")
		}
		again.State = actionv1.Delivery_VOID
		changes("one delivery of two is void", again)
		changes("one delivery turns out to be a county's", grant(3, ofACounty, luxi, 100))
		gone := operations(4, orgA, longhui, 1)
		gone.State = actionv1.Delivery_VOID
		want("and the other one is void", 1, 1, gone)
	})
}
