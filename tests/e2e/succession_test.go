package e2e

import (
	"context"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// TestACountyThatBecomesACityKeepsItsPastForItsClerk tests how an edition and a succession change what the clerks of
// several divisions may do.
func TestACountyThatBecomesACityKeepsItsPastForItsClerk(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := suite.Up(t, o)
		world.Build(t, s)
		delivery := world.Record(t, s, "recorder", "before", world.Operations(world.Village, 3))
		need := surveyed(t, s, world.Village)
		world.BecomesCity(t, s)

		clerk := s.As(t, "clerk of the city", suite.In(world.City, accessv1.Grant_COUNTY_CLERK))
		villages := villagev1.NewVillageServiceClient(s.Conn)
		mine := func() bool {
			v, err := villages.GetVillage(clerk, &villagev1.GetVillageRequest{Name: "villages/" + world.Village})
			return err == nil && v.GetCode() == world.Village
		}
		if mine() {
			t.Fatal("the clerk of the city sees a village of the county before a succession says that one became the other")
		}
		succession := world.Succeed(t, s)
		suite.Eventually(t, "the territory of the city", mine)
		t.Run("the clerk of the city reads and amends the past", func(t *testing.T) { ownPast(clerk, t, s, need, delivery) })
		t.Run("the figures by county are the city's", func(t *testing.T) { figuresOfTheCity(t, s) })
		t.Run("others have what they had", func(t *testing.T) { othersAsBefore(t, s, delivery) })

		withdraw(t, s, succession)
		suite.Eventually(t, "the end of the succession", func() bool { return !mine() })
	})
}

// surveyed creates a need of a village.
func surveyed(t *testing.T, s *suite.Suite, village string) *villagev1.Need {
	t.Helper()
	n, err := villagev1.NewNeedServiceClient(s.Conn).CreateNeed(s.As(t, "surveyor", world.Admin()), &villagev1.CreateNeedRequest{
		Parent: "villages/" + village,
		Need:   &villagev1.Need{Category: "cataract_patients", Quantity: 3, Unit: "person", SurveyDate: world.Day(6, 1)},
	})
	if err != nil {
		t.Fatalf("CreateNeed: %v", err)
	}
	return n
}

func withdraw(t *testing.T, s *suite.Suite, name string) {
	t.Helper()
	_, err := villagev1.NewSuccessionServiceClient(s.Conn).UpdateSuccession(s.As(t, "province", world.Admin()), &villagev1.UpdateSuccessionRequest{
		Succession: &villagev1.Succession{Name: name, Withdrawn: true}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"withdrawn"}},
	})
	if err != nil {
		t.Fatalf("UpdateSuccession: %v", err)
	}
}

// ownPast reads and changes the county's resources in every service, as the clerk of the city.
func ownPast(clerk context.Context, t *testing.T, s *suite.Suite, need *villagev1.Need, delivery *actionv1.Delivery) {
	villages, err := villagev1.NewVillageServiceClient(s.Conn).ListVillages(clerk, &villagev1.ListVillagesRequest{})
	if n := len(villages.GetVillages()); err != nil || n != 3 {
		t.Errorf("ListVillages: %d, %v, want the two of the county and the one of the city", n, err)
	}
	needs := villagev1.NewNeedServiceClient(s.Conn)
	list, err := needs.ListNeeds(clerk, &villagev1.ListNeedsRequest{Parent: "villages/-"})
	if err != nil || len(list.GetNeeds()) != 1 {
		t.Errorf("ListNeeds: %v, %v, want the one of the county", list, err)
	}
	need.Quantity = 4
	if _, err := needs.UpdateNeed(clerk, &villagev1.UpdateNeedRequest{Need: need, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"quantity"}}}); err != nil {
		t.Errorf("UpdateNeed: %v", err)
	}
	deliveries := actionv1.NewDeliveryServiceClient(s.Conn)
	found, err := deliveries.ListDeliveries(clerk, &actionv1.ListDeliveriesRequest{Parent: world.Campaign})
	if err != nil || len(found.GetDeliveries()) != 1 {
		t.Errorf("ListDeliveries: %v, %v, want the one of the county", found, err)
	}
	delivery.Note = "更正"
	amend := &actionv1.UpdateDeliveryRequest{Delivery: delivery, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"note"}}}
	if _, err := deliveries.UpdateDelivery(clerk, amend); err != nil {
		t.Errorf("UpdateDelivery: %v", err)
	}
	o, err := orgv1.NewOrganizationServiceClient(s.Conn).GetOrganization(clerk, &orgv1.GetOrganizationRequest{Name: "organizations/" + world.Association})
	if err != nil || o.GetContact() == nil {
		t.Errorf("GetOrganization: %v, %v, want the contact of an organization of the county", o, err)
	}
}

// figuresOfTheCity checks that the overview shows the county's delivery under the city.
func figuresOfTheCity(t *testing.T, s *suite.Suite) {
	b := world.Bulletin(t, s, world.Campaign)
	answer, err := reportv1.NewBulletinServiceClient(s.Conn).GetOverview(t.Context(), &reportv1.GetOverviewRequest{
		Name: world.Campaign + "/overview", MinGeneration: b.GetAsOf().GetGeneration(),
	})
	if err != nil {
		t.Fatalf("GetOverview: %v", err)
	}
	o := &reportv1.Overview{}
	if err := protojson.Unmarshal(answer.GetData(), o); err != nil {
		t.Fatalf("read overview: %v", err)
	}
	rows := o.GetCounties()
	if len(rows) != 1 || rows[0].GetKey() != "divisions/"+world.City+"000000" || rows[0].GetDisplayName() != "花垣市" ||
		rows[0].GetRecorded().GetDeliveries() != 1 || len(rows[0].GetPredecessors()) != 1 || rows[0].GetPredecessors()[0].GetDisplayName() != "花垣县" {
		t.Errorf("counties = %v, want the one delivery under the city that was the county", rows)
	}
	if o.GetTotal().GetRecorded().GetDeliveries() != 1 {
		t.Errorf("total = %v, want one delivery", o.GetTotal())
	}
}

// othersAsBefore reads the same resources with the old county's grant, which keeps its access, and with a neighbour's,
// which never had access.
func othersAsBefore(t *testing.T, s *suite.Suite, delivery *actionv1.Delivery) {
	villages, deliveries := villagev1.NewVillageServiceClient(s.Conn), actionv1.NewDeliveryServiceClient(s.Conn)
	for _, tc := range []struct {
		area         string
		past, future codes.Code
	}{
		{world.County, codes.OK, codes.NotFound},
		{world.City, codes.OK, codes.OK},
		{world.NearbyCounty, codes.NotFound, codes.NotFound},
		{"4331", codes.OK, codes.OK},
		{"4305", codes.NotFound, codes.NotFound},
	} {
		role := accessv1.Grant_COUNTY_CLERK
		if len(tc.area) == 4 {
			role = accessv1.Grant_PREFECTURE_CLERK
		}
		ctx := s.As(t, "clerk of "+tc.area, suite.In(tc.area, role))
		_, err := deliveries.GetDelivery(ctx, &actionv1.GetDeliveryRequest{Name: delivery.GetName()})
		if got := status.Code(err); got != tc.past {
			t.Errorf("%s: the delivery of the past: %v, want %s", tc.area, err, tc.past)
		}
		_, err = villages.GetVillage(ctx, &villagev1.GetVillageRequest{Name: "villages/" + world.CityVillage})
		if got := status.Code(err); got != tc.future {
			t.Errorf("%s: the village of the city: %v, want %s", tc.area, err, tc.future)
		}
	}
}
