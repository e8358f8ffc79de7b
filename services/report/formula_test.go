package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/servertest"
)

// winter is a campaign with indicators over every source that campaignName does not have.
func winter() *actionv1.Campaign {
	i := func(id string, f *actionv1.Formula) *actionv1.Indicator {
		return &actionv1.Indicator{Id: id, DisplayName: id, Unit: "piece", Kind: actionv1.Indicator_COUNT, Formula: f}
	}
	const (
		count, quantity, distinct       = actionv1.Formula_COUNT, actionv1.Formula_SUM_QUANTITY, actionv1.Formula_DISTINCT
		deliveries, needs, orgs, scoped = actionv1.Formula_DELIVERIES, actionv1.Formula_NEEDS, actionv1.Formula_ORGANIZATIONS, actionv1.Formula_SCOPE_MEMBERS
	)
	return &actionv1.Campaign{
		Name: "campaigns/winter-2020", DisplayName: "温暖过冬", Scope: "scopes/poor", StartDate: &date.Date{Year: 2019, Month: 11, Day: 1},
		Actions: []*actionv1.Action{{Id: "coats", DisplayName: "冬衣"}, {Id: "stoves", DisplayName: "炉灶"}},
		Indicators: []*actionv1.Indicator{
			i("goods-in-villages", &actionv1.Formula{Of: distinct, Source: deliveries, Dimension: actionv1.Formula_VILLAGE, Filter: `measure = GOODS AND NOT action = "stoves"`}),
			i("actions", &actionv1.Formula{Of: count, Source: actionv1.Formula_ACTIONS}),
			i("scope", &actionv1.Formula{Of: count, Source: scoped}),
			i("scope-counties", &actionv1.Formula{Of: distinct, Source: scoped, Dimension: actionv1.Formula_COUNTY}),
			i("needs", &actionv1.Formula{Of: count, Source: needs}),
			i("coats-needed", &actionv1.Formula{Of: quantity, Source: needs, Filter: `category = "coats"`, Stage: actionv1.Formula_VERIFIED}),
			i("needy-villages", &actionv1.Formula{Of: distinct, Source: needs, Dimension: actionv1.Formula_VILLAGE}),
			i("needy-counties", &actionv1.Formula{Of: distinct, Source: needs, Dimension: actionv1.Formula_COUNTY, Filter: `category = "coats"`}),
			i("provincial", &actionv1.Formula{Of: count, Source: orgs, Filter: "level = PROVINCIAL", Stage: actionv1.Formula_APPROVED}),
			i("registered", &actionv1.Formula{Of: count, Source: orgs}),
		},
	}
}

// values returns the recorded figures of a campaign by indicator.
func (s *stage) values(t *testing.T, campaign string, atLeast ...string) map[string]int64 {
	t.Helper()
	b, err := s.bulletins.GetBulletin(t.Context(), &reportv1.GetBulletinRequest{Name: campaign + "/bulletin", AtLeast: atLeast})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int64{}
	for id, f := range figures(b) {
		if f.GetRecorded() != nil {
			out[id] = f.GetRecorded().GetValue()
		}
	}
	return out
}

func (s *stage) mustCount(t *testing.T, story, campaign string, want map[string]int64, atLeast ...string) {
	t.Helper()
	if diff := cmp.Diff(want, s.values(t, campaign, atLeast...)); diff != "" {
		t.Errorf("%s, %s (-want +got):\n%s", story, campaign, diff)
	}
}

func TestACampaignWithIndicatorsThatNobodyForesawIsCountedBesideAnother(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStage(t, db)
		coat := grant(1, orgA, luxi, 500)
		coat.Name, coat.Action, coat.Indicator, coat.Measure = "campaigns/winter-2020/deliveries/coat", "coats", "coats", actionv1.Delivery_GOODS
		stove := proto.CloneOf(coat)
		stove.Name, stove.Action, stove.Village = "campaigns/winter-2020/deliveries/stove", "stoves", "villages/"+longhui
		village := s.villages.write(t, scope())
		older := s.actions.write(t, campaign(), operations(1, orgA, luxi, 1000), grant(2, orgB, longhui, 300))
		alone := s.values(t, campaignName, village, older)
		newer := s.actions.write(t, winter(), coat, stove)
		s.mustCount(t, "with a delivery of coats and one of stoves", "campaigns/winter-2020", map[string]int64{
			"goods-in-villages": 1, "actions": 2, "scope": 3, "scope-counties": 2, "needs": 0, "coats-needed": 0, "needy-villages": 0,
			"needy-counties": 0, "provincial": 0, "registered": 0,
		}, newer)
		s.mustCount(t, "beside it", campaignName, alone)
	})
}

// need is a need of a village.
func need(village, id, category string, quantity int64, state villagev1.Need_State) *villagev1.Need {
	return &villagev1.Need{
		Name: "villages/" + village + "/needs/" + id, Category: category, Unit: "piece", Quantity: quantity, State: state,
		SurveyDate: &date.Date{Year: 2019, Month: 4, Day: 3},
	}
}

func TestNeedsCountForTheCampaignsInWhoseScopeTheirVillageIs(t *testing.T) {
	const outside, secondOfHuayuan = "433122001201", "433124002201"
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStage(t, db)
		at := s.actions.write(t, winter())
		want := map[string]int64{
			"goods-in-villages": 0, "actions": 2, "scope": 3, "scope-counties": 2, "needs": 4, "coats-needed": 12, "needy-villages": 3,
			"needy-counties": 2, "provincial": 0, "registered": 0,
		}
		village := s.villages.write(t, scope(),
			need(luxi, "1", "coats", 5, villagev1.Need_VERIFIED), need(luxi, "2", "stoves", 1, villagev1.Need_SUBMITTED),
			need(longhui, "1", "coats", 7, villagev1.Need_VERIFIED), need(secondOfHuayuan, "1", "coats", 9, villagev1.Need_SUBMITTED),
			need(longhui, "2", "coats", 30, villagev1.Need_RETURNED), need(outside, "1", "coats", 100, villagev1.Need_VERIFIED))
		s.mustCount(t, "with a need outside", "campaigns/winter-2020", want, at, village)

		shrunk := scope()
		shrunk.Members[2].ValidTo = &date.Date{Year: 2019, Month: 12, Day: 31}
		want["scope"], want["scope-counties"], want["needs"], want["coats-needed"], want["needy-villages"], want["needy-counties"] = 2, 1, 3, 5, 2, 1
		s.mustCount(t, "after a village left the scope", "campaigns/winter-2020", want, s.villages.write(t, shrunk))

		want["needs"], want["coats-needed"] = 4, 105
		s.mustCount(t, "after a village of the scope took over the one outside", "campaigns/winter-2020", want,
			s.villages.write(t, became(outside, luxi, false)))
		if found := s.audit(t, 3); len(found) > 0 {
			t.Errorf("the audit finds %q", found)
		}
	})
}

func TestOrganizationsCountByLevelAndState(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStage(t, db)
		at := s.actions.write(t, winter())
		pending := registered(orgB, orgv1.Organization_PROVINCIAL, "430000000000")
		pending.State = orgv1.Organization_REGISTERED
		want := map[string]int64{
			"goods-in-villages": 0, "actions": 2, "scope": 0, "scope-counties": 0, "needs": 0, "coats-needed": 0, "needy-villages": 0, "needy-counties": 0,
			"provincial": 1, "registered": 3,
		}
		s.mustCount(t, "with a pending one", "campaigns/winter-2020", want, at, s.orgs.write(t, pending,
			registered(orgA, orgv1.Organization_PROVINCIAL, "430000000000"), registered(ofACounty, orgv1.Organization_COUNTY, "430525000000")))
		want["provincial"] = 2
		s.mustCount(t, "after its approval", "campaigns/winter-2020", want, s.orgs.write(t, registered(orgB, orgv1.Organization_PROVINCIAL, "430000000000")))
	})
}
