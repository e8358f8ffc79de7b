package action_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/recent"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/servertest"
)

func TestADeliveryIsRecordedAndAnswered(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := start(t, db)
		create(t, s)
		d := record(t, s, operations())
		if d.GetState() != actionv1.Delivery_RECORDED || d.GetRecordedBy() != "manager" {
			t.Fatalf("recorded %v, want it RECORDED by the manager", d)
		}
		d, err := s.deliveries.DisputeDelivery(team(t), &actionv1.DisputeDeliveryRequest{Name: d.GetName(), Reason: "eleven, not twelve"})
		if err != nil || d.GetState() != actionv1.Delivery_DISPUTED || d.GetReason() != "eleven, not twelve" {
			t.Fatalf("DisputeDelivery = %v, %v", d, err)
		}
		d, err = s.deliveries.UpdateDelivery(manager(t), &actionv1.UpdateDeliveryRequest{
			Delivery:   &actionv1.Delivery{Name: d.GetName(), Quantity: 11, Etag: d.GetEtag()},
			UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"quantity"}},
		})
		if err != nil || d.GetState() != actionv1.Delivery_RECORDED || d.GetQuantity() != 11 || d.GetReason() != "" {
			t.Fatalf("UpdateDelivery = %v, %v, want it RECORDED again with 11", d, err)
		}
		d, err = s.deliveries.ConfirmDelivery(team(t), &actionv1.ConfirmDeliveryRequest{Name: d.GetName()})
		if err != nil || d.GetState() != actionv1.Delivery_CONFIRMED || d.GetAnsweredBy() != "team" {
			t.Fatalf("ConfirmDelivery = %v, %v", d, err)
		}
		void := &actionv1.VoidDeliveryRequest{Name: d.GetName(), Reason: "recorded twice"}
		if d, err = s.deliveries.VoidDelivery(manager(t), void); err != nil || d.GetState() != actionv1.Delivery_VOID {
			t.Fatalf("VoidDelivery = %v, %v", d, err)
		}
		_, err = s.deliveries.VoidDelivery(manager(t), void)
		refused(t, err, codes.FailedPrecondition, "")
	})
}

func TestADeliveryIsNotConfirmedByWhoRecordedIt(t *testing.T) {
	s := start(t, servertest.Database(t))
	create(t, s)
	d, err := s.deliveries.CreateDelivery(team(t), &actionv1.CreateDeliveryRequest{Parent: campaign, Delivery: operations()})
	if err != nil {
		t.Fatalf("CreateDelivery: %v", err)
	}
	_, err = s.deliveries.ConfirmDelivery(team(t), &actionv1.ConfirmDeliveryRequest{Name: d.GetName()})
	refused(t, err, codes.PermissionDenied, "")
	elsewhere := as(t, "elsewhere", accessv1.Grant_VILLAGE_TEAM, "433124102201")
	_, err = s.deliveries.ConfirmDelivery(elsewhere, &actionv1.ConfirmDeliveryRequest{Name: d.GetName()})
	refused(t, err, codes.NotFound, "")
	colleague := as(t, "colleague", accessv1.Grant_VILLAGE_TEAM, "433124101201")
	_, err = s.deliveries.ConfirmDelivery(colleague, &actionv1.ConfirmDeliveryRequest{Name: d.GetName()})
	refused(t, err, codes.PermissionDenied, "") // a member of the same team
	if _, err := s.deliveries.ConfirmDelivery(manager(t), &actionv1.ConfirmDeliveryRequest{Name: d.GetName()}); err != nil {
		t.Errorf("the organization's manager confirms: %v", err)
	}
}

func TestAnAmendmentThatChangesNothingIsNone(t *testing.T) {
	s := start(t, servertest.Database(t))
	create(t, s)
	d := record(t, s, operations())
	d, err := s.deliveries.ConfirmDelivery(team(t), &actionv1.ConfirmDeliveryRequest{Name: d.GetName()})
	if err != nil {
		t.Fatalf("ConfirmDelivery: %v", err)
	}
	same := operations()
	same.Name = d.GetName()
	for _, paths := range [][]string{nil, {"quantity"}, {"note", "delivery_date"}} {
		got, err := s.deliveries.UpdateDelivery(manager(t), &actionv1.UpdateDeliveryRequest{
			Delivery: same, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}, RequestId: requestID,
		})
		if diff := cmp.Diff(d, got, protocmp.Transform()); err != nil || diff != "" {
			t.Errorf("UpdateDelivery of %v = %v (-confirmed +got):\n%s", paths, err, diff)
		}
	}
}

func TestWhatIsNotInOrderIsNotRecorded(t *testing.T) {
	s := start(t, servertest.Database(t))
	create(t, s)
	for _, tc := range []struct {
		name   string
		change func(*actionv1.Delivery)
		code   codes.Code
		field  string
	}{
		{"an organization that is not approved", func(d *actionv1.Delivery) { d.Organization = registered }, codes.FailedPrecondition, "delivery.organization"},
		{"an unknown organization", func(d *actionv1.Delivery) { d.Organization = unknown }, codes.FailedPrecondition, "delivery.organization"},
		{"a village out of scope", func(d *actionv1.Delivery) { d.Village = "villages/433124109209" }, codes.FailedPrecondition, "delivery.village"},
		{"an indicator of another action", func(d *actionv1.Delivery) { d.Action = "hope" }, codes.InvalidArgument, "delivery.indicator"},
		{"a day in the future", func(d *actionv1.Delivery) { d.DeliveryDate = on(10, 2) }, codes.InvalidArgument, "delivery.delivery_date"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := operations()
			tc.change(d)
			_, err := s.deliveries.CreateDelivery(admin(t), &actionv1.CreateDeliveryRequest{Parent: campaign, Delivery: d})
			refused(t, err, tc.code, tc.field)
		})
	}
	_, err := s.deliveries.CreateDelivery(admin(t), &actionv1.CreateDeliveryRequest{Parent: "campaigns/other", Delivery: operations()})
	refused(t, err, codes.NotFound, "")
	_, err = s.deliveries.CreateDelivery(manager(t), &actionv1.CreateDeliveryRequest{Parent: campaign, Delivery: &actionv1.Delivery{
		Action: "bright", Indicator: "BR03", Organization: registered, Village: east, DeliveryDate: on(8, 20), Quantity: 1,
	}})
	refused(t, err, codes.PermissionDenied, "") // the manager of another organization
}

func TestANoteKeepsTheAnswer(t *testing.T) {
	s := start(t, servertest.Database(t))
	create(t, s)
	d := record(t, s, operations())
	if _, err := s.deliveries.ConfirmDelivery(team(t), &actionv1.ConfirmDeliveryRequest{Name: d.GetName()}); err != nil {
		t.Fatal(err)
	}
	amend := func(d *actionv1.Delivery, path string) *actionv1.Delivery {
		t.Helper()
		d, err := s.deliveries.UpdateDelivery(manager(t), &actionv1.UpdateDeliveryRequest{
			Delivery: d, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{path}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	noted := amend(&actionv1.Delivery{Name: d.GetName(), Note: "with thanks"}, "note")
	if noted.GetState() != actionv1.Delivery_CONFIRMED || noted.GetAnsweredBy() != "team" || noted.GetNote() != "with thanks" {
		t.Errorf("with another note it is %v, want it CONFIRMED by the team", noted)
	}
	amended := amend(&actionv1.Delivery{Name: d.GetName(), Beneficiaries: 3}, "beneficiaries")
	if amended.GetState() != actionv1.Delivery_RECORDED || amended.GetAnsweredBy() != "" {
		t.Errorf("with other beneficiaries it is %v, want it RECORDED", amended)
	}
}

func TestADeliveryIsNotHandedToAnotherOrganization(t *testing.T) {
	s := start(t, servertest.Database(t))
	create(t, s)
	s.register.states[registered] = orgv1.Organization_APPROVED
	d := record(t, s, operations())
	_, err := s.deliveries.UpdateDelivery(manager(t), &actionv1.UpdateDeliveryRequest{
		Delivery:   &actionv1.Delivery{Name: d.GetName(), Organization: registered},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"organization"}},
	})
	refused(t, err, codes.InvalidArgument, "update_mask")
	for field, d := range map[string]*actionv1.Delivery{
		"delivery.organization": {Name: d.GetName(), Organization: registered},
		"delivery.village":      {Name: d.GetName(), Village: west},
	} {
		_, err := s.deliveries.UpdateDelivery(admin(t), &actionv1.UpdateDeliveryRequest{Delivery: d})
		refused(t, err, codes.InvalidArgument, field)
	}
}

func TestPeersAreAskedOncePerMoment(t *testing.T) {
	s := start(t, servertest.Database(t))
	create(t, s)
	s.register.asked, s.atlas.asked = 0, 0
	for i := range 10 {
		record(t, s, several(int64(i+1)))
	}
	if s.register.asked != 1 || s.atlas.asked > 1 {
		t.Errorf("ten deliveries asked org %d times and village %d times, want once at most", s.register.asked, s.atlas.asked)
	}
	s.register.down, s.atlas.down = true, true
	record(t, s, several(11))
	s.clock.Advance(recent.StaleAfter)
	_, err := s.deliveries.CreateDelivery(manager(t), &actionv1.CreateDeliveryRequest{Parent: campaign, Delivery: operations()})
	refused(t, err, codes.Unavailable, "")
	if r, err := s.deliveries.ListDeliveries(manager(t), &actionv1.ListDeliveriesRequest{Parent: campaign}); err != nil || len(r.GetDeliveries()) != 11 {
		t.Errorf("with its peers away, the service lists %d deliveries, %v", len(r.GetDeliveries()), err)
	}
}

func TestARefusalIsNeverStale(t *testing.T) {
	s := start(t, servertest.Database(t))
	create(t, s)
	record(t, s, operations())
	far := operations()
	far.Village = "villages/433124109209"
	_, err := s.deliveries.CreateDelivery(manager(t), &actionv1.CreateDeliveryRequest{Parent: campaign, Delivery: far})
	refused(t, err, codes.FailedPrecondition, "delivery.village")
	s.atlas.scope.Members = append(s.atlas.scope.Members, &villagev1.ScopeMember{Village: far.GetVillage(), ValidFrom: on(8, 1)})
	record(t, s, far) // although the scope is cached
}

func TestADeliveryIsRecordedOnce(t *testing.T) {
	s := start(t, servertest.Database(t))
	create(t, s)
	r := &actionv1.CreateDeliveryRequest{Parent: campaign, Delivery: operations(), RequestId: requestID}
	first, err := s.deliveries.CreateDelivery(manager(t), r)
	if err != nil {
		t.Fatalf("CreateDelivery: %v", err)
	}
	again, err := s.deliveries.CreateDelivery(manager(t), r)
	if diff := cmp.Diff(first, again, protocmp.Transform()); err != nil || diff != "" {
		t.Errorf("the same request again: %v (-first +again):\n%s", err, diff)
	}
	r.Delivery.Quantity++
	_, err = s.deliveries.CreateDelivery(manager(t), r)
	refused(t, err, codes.AlreadyExists, "")
}

func TestASheetOfDeliveriesIsRecordedWholeOrNotAtAll(t *testing.T) {
	s := start(t, servertest.Database(t))
	create(t, s)
	sheet := &actionv1.BatchCreateDeliveriesRequest{Parent: campaign, SkipIdentical: true, Requests: []*actionv1.CreateDeliveryRequest{
		{Parent: campaign, Delivery: operations(), DeliveryId: deliveryID},
		{Parent: campaign, Delivery: several(13), DeliveryId: deliveryID2},
	}}
	sheet.Requests[1].Delivery.Organization = unknown
	_, err := s.deliveries.BatchCreateDeliveries(admin(t), sheet)
	refused(t, err, codes.FailedPrecondition, "requests[1].delivery.organization")
	sheet.Requests[1].Delivery.Organization, sheet.Requests[1].Parent = approved, "campaigns/other"
	_, err = s.deliveries.BatchCreateDeliveries(admin(t), sheet)
	refused(t, err, codes.InvalidArgument, "requests[1].parent")
	sheet.Requests[1].Parent = campaign
	first, err := s.deliveries.BatchCreateDeliveries(admin(t), sheet)
	if err != nil || first.GetCreatedCount() != 2 {
		t.Fatalf("BatchCreateDeliveries = %v, %v, want 2 created", first, err)
	}
	again, err := s.deliveries.BatchCreateDeliveries(admin(t), sheet)
	if err != nil || again.GetUnchangedCount() != 2 {
		t.Errorf("the same sheet again = %v, %v, want 2 unchanged", again, err)
	}
	sheet.Requests[0].Delivery.Quantity = 99
	_, err = s.deliveries.BatchCreateDeliveries(admin(t), sheet)
	refused(t, err, codes.AlreadyExists, "requests[0].delivery")
}

func TestASheetMayHaveDeliveriesOfSeveralCampaigns(t *testing.T) {
	s := start(t, servertest.Database(t))
	create(t, s)
	const second = "campaigns/second"
	other := exampleCampaign()
	other.Indicators[0].Id = "ZZ01"
	if _, err := s.campaigns.CreateCampaign(admin(t), &actionv1.CreateCampaignRequest{CampaignId: "second", Campaign: other}); err != nil {
		t.Fatal(err)
	}
	there := operations()
	there.Indicator = "ZZ01"
	sheet := &actionv1.BatchCreateDeliveriesRequest{Parent: "campaigns/-", Requests: []*actionv1.CreateDeliveryRequest{
		{Parent: campaign, Delivery: operations()}, {Parent: second, Delivery: operations()}, {Parent: "campaigns/absent", Delivery: operations()},
	}}
	_, err := s.deliveries.BatchCreateDeliveries(admin(t), sheet)
	refused(t, err, codes.InvalidArgument, "requests[1].delivery.indicator")
	sheet.Requests[1].Delivery = there
	_, err = s.deliveries.BatchCreateDeliveries(admin(t), sheet)
	refused(t, err, codes.NotFound, "requests[2].parent")
	sheet.Requests = sheet.Requests[:2]
	r, err := s.deliveries.BatchCreateDeliveries(admin(t), sheet)
	if err != nil || r.GetCreatedCount() != 2 || resource.Parent(r.GetDeliveries()[1].GetName()) != second {
		t.Errorf("BatchCreateDeliveries = %v, %v, want one in each campaign", r, err)
	}
}

func TestALargeSheetAsksThePeersInFewCalls(t *testing.T) {
	s := start(t, servertest.Database(t))
	create(t, s)
	s.register.asked, s.atlas.asked = 0, 0
	sheet := &actionv1.BatchCreateDeliveriesRequest{Parent: campaign}
	for i := range 5_000 {
		d := several(int64(1 + i/2_500))
		d.Organization = fmt.Sprintf("organizations/51430000MJJ%07d", i%2_500)
		s.register.states[d.GetOrganization()] = orgv1.Organization_APPROVED
		sheet.Requests = append(sheet.Requests, &actionv1.CreateDeliveryRequest{Parent: campaign, Delivery: d})
	}
	ctx, cancel := context.WithTimeout(admin(t), 5*time.Minute) // a slow machine may need more than the client's few seconds
	defer cancel()
	r, err := s.deliveries.BatchCreateDeliveries(ctx, sheet)
	if err != nil || r.GetCreatedCount() != 5_000 {
		t.Fatalf("BatchCreateDeliveries = %d created, %v", r.GetCreatedCount(), err)
	}
	if s.register.asked != 3 || s.atlas.asked != 1 {
		t.Errorf("5,000 deliveries of 2,500 organizations asked org %d times and village %d times, want 3 and 1", s.register.asked, s.atlas.asked)
	}
}

func TestDeliveriesAreListedWithinTheCallersReach(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := start(t, db)
		create(t, s)
		record(t, s, operations())
		other := operations()
		other.Village, other.DeliveryDate = west, on(9, 1)
		record(t, s, other)
		for _, tc := range []struct {
			name, filter string
			role         accessv1.Grant_Role
			grant        []string
			want         int
		}{
			{"the province", "", accessv1.Grant_PROVINCE_ADMIN, []string{"43"}, 2},
			{"a village", "", accessv1.Grant_VILLAGE_TEAM, []string{"433124102201"}, 1},
			{"the organization", "", accessv1.Grant_ORGANIZATION_MANAGER, []string{"", uscc}, 2},
			{"another organization", "", accessv1.Grant_ORGANIZATION_MANAGER, []string{"", "52430000MJJ0000201"}, 0},
			{"by village", `village = "` + west + `"`, accessv1.Grant_LEADER, nil, 1},
			{"by organization", `organization = "` + approved + `"`, accessv1.Grant_LEADER, nil, 2},
			{"by day and state", `delivery_date < "2019-09-01" AND state = RECORDED`, accessv1.Grant_LEADER, nil, 1},
			{"by campaign and indicator", `campaign = "campaigns/example" AND indicator = "HP04"`, accessv1.Grant_LEADER, nil, 0},
		} {
			t.Run(tc.name, func(t *testing.T) {
				r, err := s.deliveries.ListDeliveries(as(t, "reader", tc.role, tc.grant...), &actionv1.ListDeliveriesRequest{Parent: "campaigns/-", Filter: tc.filter})
				if err != nil || len(r.GetDeliveries()) != tc.want {
					t.Errorf("ListDeliveries = %d, %v, want %d", len(r.GetDeliveries()), err, tc.want)
				}
			})
		}
	})
}
