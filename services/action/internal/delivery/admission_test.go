package delivery

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/services/action/internal/campaign"
	"github.com/wancun/wancun/services/action/internal/peers"
)

const (
	approved   = "organizations/51430000MJJ0000129"
	registered = "organizations/52430000MJJ0000201"
	unknown    = "organizations/53430000MJJ000039T"
	inScope    = "villages/433124001201"
	leaving    = "villages/433124001202" // in scope until the end of August
)

func on(month, dayOfMonth int32) *date.Date {
	return &date.Date{Year: 2019, Month: month, Day: dayOfMonth}
}

// example returns the world on 2019-10-01, with a campaign from May to November.
func example() *world {
	d, all := &actionv1.Formula{Named: true}, &actionv1.Formula{}
	return &world{
		campaign: campaign.NewCatalogue(&actionv1.Campaign{
			Name: "campaigns/example", Scope: "scopes/example", StartDate: on(5, 1), EndDate: on(11, 30),
			Actions: []*actionv1.Action{{Id: "bright"}, {Id: "hope"}},
			Indicators: []*actionv1.Indicator{
				{Id: "BR03", Group: "bright", Unit: "operation", Kind: actionv1.Indicator_COUNT, Formula: d},
				{Id: "HP02", Group: "hope", Unit: "CNY", Kind: actionv1.Indicator_GOODS_VALUE, Formula: d},
				{Id: "HP04", Group: "hope", Unit: "CNY", Kind: actionv1.Indicator_CASH_VALUE, Formula: d},
				{Id: "SW04", Group: "any", Unit: "CNY", Kind: actionv1.Indicator_UNSTATED_VALUE, Formula: d},
				{Id: "TT01", Group: "totals", Unit: "CNY", Kind: actionv1.Indicator_CASH_VALUE, Formula: all},
			},
		}),
		scope: peers.NewMembership(&villagev1.Scope{Members: []*villagev1.ScopeMember{
			{Village: inScope, ValidFrom: on(5, 1)},
			{Village: leaving, ValidFrom: on(5, 1), ValidTo: on(9, 1)},
		}}),
		organizations: map[string]peers.Approval{approved: peers.Approved, registered: peers.Registered},
	}
}

// valid returns a delivery that the world admits, adjusted by change.
func valid(change func(*actionv1.Delivery)) *actionv1.Delivery {
	d := &actionv1.Delivery{
		Name: "campaigns/example/deliveries/01980000-0000-7000-8000-000000000001", Action: "bright", Indicator: "BR03",
		Organization: approved, Village: inScope, DeliveryDate: on(8, 20), Quantity: 12,
	}
	if change != nil {
		change(d)
	}
	return d
}

func TestWhatTheCampaignCounts(t *testing.T) {
	type d = actionv1.Delivery
	cash := func(m *d) {
		m.Action, m.Indicator, m.Quantity, m.ValueFen, m.Measure = "hope", "HP04", 0, 300_000, actionv1.Delivery_CASH
	}
	for _, tc := range []struct {
		name   string
		change func(*d)
		code   codes.Code
		want   map[string]string
	}{
		{"operations", nil, codes.OK, nil},
		{"operations at value", func(m *d) { m.ValueFen, m.Measure = 80_000, actionv1.Delivery_SERVICE }, codes.OK, nil},
		{"cash", cash, codes.OK, nil},
		{"money of no stated kind, as goods", func(m *d) { cash(m); m.Indicator, m.Measure = "SW04", actionv1.Delivery_GOODS }, codes.OK, nil},
		{"the first day", func(m *d) { m.DeliveryDate = on(5, 1) }, codes.OK, nil},

		{"before the campaign", func(m *d) { m.DeliveryDate = on(4, 30) }, codes.InvalidArgument, map[string]string{"delivery_date": "OUTSIDE_CAMPAIGN"}},
		{"another action", func(m *d) { m.Action = "sweet" }, codes.InvalidArgument, map[string]string{
			"action": "ACTION_UNKNOWN", "indicator": "INDICATOR_OF_ANOTHER_ACTION",
		}},
		{"an indicator of the other action", func(m *d) { m.Action = "hope" }, codes.InvalidArgument, map[string]string{"indicator": "INDICATOR_OF_ANOTHER_ACTION"}},
		{"another indicator", func(m *d) { m.Indicator = "BR99" }, codes.InvalidArgument, map[string]string{"indicator": "INDICATOR_UNKNOWN"}},
		{"a headline", func(m *d) { cash(m); m.Indicator = "TT01" }, codes.InvalidArgument, map[string]string{"indicator": "NOT_COUNTED_BY_DELIVERIES"}},
		{"no quantity", func(m *d) { m.Quantity = 0 }, codes.InvalidArgument, map[string]string{"quantity": "QUANTITY_MISSING"}},
		{"a quantity of money", func(m *d) { cash(m); m.Quantity = 1 }, codes.InvalidArgument, map[string]string{"quantity": "QUANTITY_OF_MONEY"}},
		{"money without a value", func(m *d) { cash(m); m.ValueFen, m.Measure = 0, 0 }, codes.InvalidArgument, map[string]string{"value_fen": "VALUE_MISSING"}},
		{"a value that is not measured", func(m *d) { m.ValueFen = 80_000 }, codes.InvalidArgument, map[string]string{"measure": "MEASURE_MISSING"}},
		{"a measure of nothing", func(m *d) { m.Measure = actionv1.Delivery_CASH }, codes.InvalidArgument, map[string]string{"measure": "MEASURE_WITHOUT_VALUE"}},
		{"goods for cash", func(m *d) { cash(m); m.Measure = actionv1.Delivery_GOODS }, codes.InvalidArgument, map[string]string{"measure": "MEASURE_DISAGREES_WITH_INDICATOR"}},
		{"all of it at once", func(m *d) { m.DeliveryDate, m.Quantity = on(4, 30), 0 }, codes.InvalidArgument, map[string]string{
			"delivery_date": "OUTSIDE_CAMPAIGN", "quantity": "QUANTITY_MISSING",
		}},

		{"an organization that is not approved", func(m *d) { m.Organization = registered }, codes.FailedPrecondition, map[string]string{"organization": "ORGANIZATION_NOT_APPROVED"}},
		{"an unknown organization", func(m *d) { m.Organization = unknown }, codes.FailedPrecondition, map[string]string{"organization": "ORGANIZATION_UNKNOWN"}},
		{"a village elsewhere", func(m *d) { m.Village = "villages/433124001299" }, codes.FailedPrecondition, map[string]string{"village": "VILLAGE_NOT_IN_SCOPE"}},
		{"a village on its last day in scope", func(m *d) { m.Village, m.DeliveryDate = leaving, on(8, 31) }, codes.OK, nil},
		{"a village that has left", func(m *d) { m.Village, m.DeliveryDate = leaving, on(9, 1) }, codes.FailedPrecondition, map[string]string{"village": "VILLAGE_NOT_IN_SCOPE"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := example().admit(valid(tc.change))
			var blamed map[string]string
			if e, ok := fault.From(err); ok {
				blamed = map[string]string{}
				for _, v := range e.Violations() {
					blamed[v.Field] = v.Reason
				}
			}
			if diff := cmp.Diff(tc.want, blamed); diff != "" || fault.Status(err).Code() != tc.code {
				t.Errorf("admit = %v, want %s (-want +got):\n%s", err, tc.code, diff)
			}
		})
	}
}
