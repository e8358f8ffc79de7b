package action_test

import (
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/servertest"
)

func TestACampaignWorksInAScopeThatExists(t *testing.T) {
	s := start(t, servertest.Database(t))
	r := &actionv1.CreateCampaignRequest{CampaignId: "example", Campaign: exampleCampaign()}
	r.Campaign.Scope = "scopes/nowhere"
	_, err := s.campaigns.CreateCampaign(admin(t), r)
	refused(t, err, codes.FailedPrecondition, "campaign.scope")
	s.atlas.down = true
	_, err = s.campaigns.CreateCampaign(admin(t), r)
	refused(t, err, codes.Unavailable, "")
	s.atlas.down, r.Campaign.Scope = false, "scopes/example"
	if _, err := s.campaigns.CreateCampaign(admin(t), r); err != nil {
		t.Fatalf("CreateCampaign: %v", err)
	}
	r.Campaign.Indicators[1].Id = "BR03"
	_, err = s.campaigns.CreateCampaign(admin(t), r)
	refused(t, err, codes.InvalidArgument, "campaign.indicators[1].id")
	read, err := s.campaigns.GetCampaign(t.Context(), &actionv1.GetCampaignRequest{Name: campaign})
	if err != nil || len(read.GetIndicators()) != 2 {
		t.Errorf("GetCampaign without a token = %v, %v", read, err)
	}
}

func TestACampaignKeepsWhatDeliveriesRestOn(t *testing.T) {
	s := start(t, servertest.Database(t))
	c := create(t, s)
	d := record(t, s, operations())
	update := func(change func(*actionv1.Campaign), path string) error {
		changed := exampleCampaign()
		changed.Name = c.GetName()
		change(changed)
		_, err := s.campaigns.UpdateCampaign(admin(t), &actionv1.UpdateCampaignRequest{
			Campaign: changed, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{path}},
		})
		return err
	}
	refused(t, update(func(c *actionv1.Campaign) { c.Indicators = c.Indicators[:1] }, "indicators"), codes.FailedPrecondition, "campaign.indicators")
	refused(t, update(func(c *actionv1.Campaign) { c.Indicators[0].Unit = "person" }, "indicators"), codes.FailedPrecondition, "campaign.indicators[0].unit")
	refused(t, update(func(c *actionv1.Campaign) { c.Scope = "scopes/other" }, "scope"), codes.InvalidArgument, "update_mask")

	ends := func(c *actionv1.Campaign) { c.EndDate = on(7, 31) }
	refused(t, update(ends, "end_date"), codes.FailedPrecondition, "campaign")
	if _, err := s.deliveries.VoidDelivery(manager(t), &actionv1.VoidDeliveryRequest{Name: d.GetName(), Reason: "recorded twice"}); err != nil {
		t.Fatalf("VoidDelivery: %v", err)
	}
	if err := update(ends, "end_date"); err != nil {
		t.Errorf("a void delivery still holds the dates: %v", err)
	}
	_, err := s.deliveries.CreateDelivery(manager(t), &actionv1.CreateDeliveryRequest{Parent: campaign, Delivery: operations()})
	refused(t, err, codes.InvalidArgument, "delivery.delivery_date") // immediately, although the campaign is cached
}

func TestANewIndicatorCountsAtOnce(t *testing.T) {
	s := start(t, servertest.Database(t))
	c := create(t, s)
	record(t, s, operations())
	screened := operations()
	screened.Indicator = "BR02"
	_, err := s.deliveries.CreateDelivery(manager(t), &actionv1.CreateDeliveryRequest{Parent: campaign, Delivery: screened})
	refused(t, err, codes.InvalidArgument, "delivery.indicator")
	c.Indicators = append(c.GetIndicators(), &actionv1.Indicator{
		Id: "BR02", Group: "bright", DisplayName: "白内障筛查", Unit: "person",
		Kind: actionv1.Indicator_COUNT, Formula: &actionv1.Formula{Of: actionv1.Formula_SUM_QUANTITY, Source: actionv1.Formula_DELIVERIES, Named: true},
	})
	if _, err := s.campaigns.UpdateCampaign(admin(t), &actionv1.UpdateCampaignRequest{
		Campaign: c, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"indicators"}},
	}); err != nil {
		t.Fatalf("UpdateCampaign: %v", err)
	}
	record(t, s, screened)
}

func TestAnIndicatorBelongsToAnActionOrAHeading(t *testing.T) {
	s := start(t, servertest.Database(t))
	lost := exampleCampaign()
	lost.Indicators[1].Group = "province"
	_, err := s.campaigns.CreateCampaign(admin(t), &actionv1.CreateCampaignRequest{CampaignId: "lost", Campaign: lost})
	refused(t, err, codes.InvalidArgument, "campaign.indicators[1].group")
	c := create(t, s)
	c.Indicators = append(c.GetIndicators(), &actionv1.Indicator{
		Id: "SC01", Group: "scope", DisplayName: "村", Unit: "village",
		Kind: actionv1.Indicator_COUNT, Formula: &actionv1.Formula{Of: actionv1.Formula_COUNT, Source: actionv1.Formula_SCOPE_MEMBERS},
	})
	update := func(paths ...string) error {
		_, err := s.campaigns.UpdateCampaign(admin(t), &actionv1.UpdateCampaignRequest{Campaign: c, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}})
		return err
	}
	refused(t, update("indicators"), codes.InvalidArgument, "campaign.indicators[2].group")
	c.Headings = []*actionv1.Heading{{Id: "scope", DisplayName: "帮扶范围"}}
	if err := update("indicators", "headings"); err != nil {
		t.Errorf("UpdateCampaign with the heading: %v", err)
	}
}
