package access

import (
	"context"
	"slices"
	"strings"
	"testing"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// row is a row of a list with the fields that determine who may see it.
type row struct{ name, village, organization string }

// list reads a whole list in small pages, so that later pages are checked too.
type list struct {
	name string
	read func(ctx context.Context, t *testing.T, s *suite.Suite) []row
}

func lists() []list {
	const small = 3
	return []list{
		{"villages", func(ctx context.Context, t *testing.T, s *suite.Suite) (rows []row) {
			r := &villagev1.ListVillagesRequest{PageSize: small}
			return paged(t, func() (string, error) {
				page, err := villagev1.NewVillageServiceClient(s.Conn).ListVillages(ctx, r)
				for _, v := range page.GetVillages() {
					rows = append(rows, row{name: v.GetName(), village: v.GetCode()})
				}
				r.PageToken = page.GetNextPageToken()
				return r.PageToken, err
			}, &rows)
		}},
		{"needs", func(ctx context.Context, t *testing.T, s *suite.Suite) (rows []row) {
			r := &villagev1.ListNeedsRequest{Parent: "villages/-", PageSize: small, OrderBy: "quantity desc"}
			return paged(t, func() (string, error) {
				page, err := villagev1.NewNeedServiceClient(s.Conn).ListNeeds(ctx, r)
				for _, n := range page.GetNeeds() {
					rows = append(rows, row{name: n.GetName(), village: strings.Split(n.GetName(), "/")[1]})
				}
				r.PageToken = page.GetNextPageToken()
				return r.PageToken, err
			}, &rows)
		}},
		{"deliveries", func(ctx context.Context, t *testing.T, s *suite.Suite) (rows []row) {
			r := &actionv1.ListDeliveriesRequest{Parent: "campaigns/-", PageSize: small, OrderBy: "delivery_date"}
			return paged(t, func() (string, error) {
				page, err := actionv1.NewDeliveryServiceClient(s.Conn).ListDeliveries(ctx, r)
				for _, d := range page.GetDeliveries() {
					rows = append(rows, row{d.GetName(), world.Short(d.GetVillage()), world.Short(d.GetOrganization())})
				}
				r.PageToken = page.GetNextPageToken()
				return r.PageToken, err
			}, &rows)
		}},
	}
}

func paged(t *testing.T, next func() (string, error), rows *[]row) []row {
	t.Helper()
	for {
		token, err := next()
		if err != nil {
			t.Fatal(err)
		}
		if token == "" {
			return *rows
		}
	}
}

func TestListsShowExactlyWhatTheGrantCovers(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := suite.Up(t, o)
		world.Build(t, s)
		spread(t, s)
		everything := s.As(t, "province", world.Admin())
		for _, l := range lists() {
			all := l.read(everything, t, s)
			if len(all) < 4 {
				t.Fatalf("only %d %s to choose from", len(all), l.name)
			}
			for _, grants := range combinations() {
				var want []row
				for _, r := range all {
					if slices.ContainsFunc(grants, func(g *accessv1.Grant) bool { return covers(g, r) }) {
						want = append(want, r)
					}
				}
				if got := l.read(s.As(t, "reader", grants...), t, s); !slices.Equal(got, want) {
					t.Errorf("%s for %v:\n got %v\nwant %v", l.name, grants, got, want)
				}
			}
		}
	})
}

// covers implements the rule a second time, without the code under test.
func covers(g *accessv1.Grant, r row) bool {
	return strings.HasPrefix(r.village, g.GetArea()) &&
		(g.GetOrganization() == "" || r.organization == "" || g.GetOrganization() == r.organization)
}

// combinations returns single grants of every kind, and pairs of grants that cover different rows.
func combinations() [][]*accessv1.Grant {
	var all [][]*accessv1.Grant
	areas := []string{"", "43", "4331", "4305", world.County, world.NearbyCounty, "433124101", world.Village, world.Away, "999999"}
	for _, area := range areas {
		all = append(all,
			[]*accessv1.Grant{suite.In(area, accessv1.Grant_LEADER)},
			[]*accessv1.Grant{{Role: accessv1.Grant_ORGANIZATION_MANAGER, Area: area, Organization: world.Agency}},
			[]*accessv1.Grant{suite.In(area, accessv1.Grant_AUDITOR), suite.Of(world.Association)},
		)
		if area == "" {
			continue // the roles of places always have an area
		}
		all = append(all,
			[]*accessv1.Grant{suite.In(area, accessv1.Grant_COUNTY_CLERK)},
			[]*accessv1.Grant{suite.In(area, accessv1.Grant_VILLAGE_TEAM), suite.In(world.Nearby, accessv1.Grant_LEADER)},
		)
	}
	return all
}

// spread creates needs and deliveries of both organizations in every village.
func spread(t *testing.T, s *suite.Suite) {
	t.Helper()
	needs, ctx := villagev1.NewNeedServiceClient(s.Conn), s.As(t, "surveyor", world.Admin())
	for i, village := range world.Villages() {
		for n := range 2 {
			_, err := needs.CreateNeed(ctx, &villagev1.CreateNeedRequest{
				Parent: "villages/" + village, NeedId: world.ID("spread", i, n), Need: &villagev1.Need{
					Category: "cataract_patients", Quantity: int64(1 + (i+n)%3), Unit: "person", SurveyDate: world.Day(6, 1),
				},
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		world.Record(t, s, "office", "operations"+village, world.Operations(village, 1))
		world.Record(t, s, "office", "cash"+village, world.Cash(village, 100))
	}
}
