package figure

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
)

const (
	unmeasured = actionv1.Delivery_MEASURE_UNSPECIFIED
	cash       = actionv1.Delivery_CASH
	goods      = actionv1.Delivery_GOODS
	service    = actionv1.Delivery_SERVICE
)

// recorded is what the tests' campaign holds: operations, cash and goods of two actions, and one valued service.
func recorded() Totals {
	return Totals{
		Cells: []Cell{
			{"bright", "BR03", unmeasured, Sum{3, 1459, 0}, Sum{2, 1000, 0}},
			{"bright", "BR03", service, Sum{1, 10, 8000}, Sum{}},
			{"hope", "HP04", cash, Sum{2, 0, 58000000}, Sum{1, 0, 20000000}},
			{"hope", "HP02", goods, Sum{4, 0, 1300050000}, Sum{4, 0, 1300050000}},
		},
		Reach: map[Slice]Reach{
			Whole:                {Organizations: 7, Villages: 9, ConfirmedOrganizations: 5, ConfirmedVillages: 6},
			Valued:               {Organizations: 6, Villages: 8},
			OfMeasure(cash):      {Organizations: 2, Villages: 1},
			OfIndicator("BR03"):  {Organizations: 3, Villages: 4},
			OfProvinces:          {Organizations: 4, ConfirmedOrganizations: 3},
			OfIndicator("OTHER"): {Organizations: 99, Villages: 99},
		},
	}
}

func indicator(id, unit string, k actionv1.Indicator_Kind, b actionv1.Indicator_Basis) *actionv1.Indicator {
	return &actionv1.Indicator{Id: id, Group: "g", DisplayName: id, Unit: unit, Kind: k, Basis: b}
}

func stated(value int64, q reportv1.Statement_Qualifier) *reportv1.Statement {
	return &reportv1.Statement{Value: value, Qualifier: q}
}

func TestEveryBasisYieldsItsFigure(t *testing.T) {
	for _, c := range []struct {
		name      string
		indicator *actionv1.Indicator
		stated    *reportv1.Statement
		want      *reportv1.Figure
	}{
		{
			"a count is the sum of quantities, whatever value came with them",
			indicator("BR03", "operation", actionv1.Indicator_COUNT, actionv1.Indicator_DELIVERIES), stated(1459, exact),
			&reportv1.Figure{
				Recorded:  &reportv1.Amount{Value: 1469, ServiceFen: 8000, Deliveries: 4},
				Confirmed: &reportv1.Amount{Value: 1000, Deliveries: 2},
				Agreement: reportv1.Figure_ABOVE, ItemisedShare: proto.Int64(10069), Organizations: 3, Villages: 4,
			},
		},
		{
			"money is the sum of values",
			indicator("HP04", CNY, actionv1.Indicator_CASH_VALUE, actionv1.Indicator_DELIVERIES), stated(58000000, exact),
			&reportv1.Figure{
				Recorded:  &reportv1.Amount{Value: 58000000, CashFen: 58000000, Deliveries: 2},
				Confirmed: &reportv1.Amount{Value: 20000000, CashFen: 20000000, Deliveries: 1},
				Agreement: reportv1.Figure_AGREES, ItemisedShare: proto.Int64(10000),
			},
		},
		{
			"a headline of cash takes cash alone, whichever indicator counts it",
			indicator("TT01", CNY, actionv1.Indicator_CASH_VALUE, actionv1.Indicator_ALL_DELIVERIES_OF_MEASURE), stated(700000000, moreThan),
			&reportv1.Figure{
				Recorded:  &reportv1.Amount{Value: 58000000, CashFen: 58000000, Deliveries: 2},
				Confirmed: &reportv1.Amount{Value: 20000000, CashFen: 20000000, Deliveries: 1},
				Agreement: reportv1.Figure_BELOW, ItemisedShare: proto.Int64(829), Organizations: 2, Villages: 1,
			},
		},
		{
			"a mixed headline shows its split, adds nothing up, and is compared by all three",
			indicator("PV05", CNY, actionv1.Indicator_MIXED_VALUE, actionv1.Indicator_ALL_DELIVERIES_OF_MEASURE), stated(1358058000, exact),
			&reportv1.Figure{
				Recorded:  &reportv1.Amount{CashFen: 58000000, GoodsFen: 1300050000, ServiceFen: 8000, Deliveries: 7},
				Confirmed: &reportv1.Amount{CashFen: 20000000, GoodsFen: 1300050000, Deliveries: 5},
				Agreement: reportv1.Figure_AGREES, ItemisedShare: proto.Int64(10000), Organizations: 6, Villages: 8,
			},
		},
		{
			"organizations are counted once",
			indicator("MB02", "organization", actionv1.Indicator_DISTINCT, actionv1.Indicator_DISTINCT_ORGANIZATIONS), stated(500, moreThan),
			&reportv1.Figure{
				Recorded:  &reportv1.Amount{Value: 7, CashFen: 58000000, GoodsFen: 1300050000, ServiceFen: 8000, Deliveries: 10},
				Confirmed: &reportv1.Amount{Value: 5, CashFen: 20000000, GoodsFen: 1300050000, Deliveries: 7},
				Agreement: reportv1.Figure_BELOW, ItemisedShare: proto.Int64(140), Organizations: 7, Villages: 9,
			},
		},
		{
			"provincial organizations are counted once, and nothing else of theirs",
			indicator("PV04", "organization", actionv1.Indicator_DISTINCT, actionv1.Indicator_DISTINCT_PROVINCIAL_ORGANIZATIONS), stated(4, exact),
			&reportv1.Figure{
				Recorded: &reportv1.Amount{Value: 4}, Confirmed: &reportv1.Amount{Value: 3},
				Agreement: reportv1.Figure_AGREES, ItemisedShare: proto.Int64(10000), Organizations: 4,
			},
		},
		{
			"villages of the scope cannot be confirmed by a village",
			indicator("SC01", "village", actionv1.Indicator_COUNT, actionv1.Indicator_SCOPE_VILLAGES), stated(153, exact),
			&reportv1.Figure{Recorded: &reportv1.Amount{Value: 153}, Agreement: reportv1.Figure_AGREES, ItemisedShare: proto.Int64(10000)},
		},
		{
			"counties of the scope",
			indicator("SC02", "county", actionv1.Indicator_COUNT, actionv1.Indicator_SCOPE_COUNTIES), nil,
			&reportv1.Figure{Recorded: &reportv1.Amount{Value: 19}},
		},
		{
			"prefectures of the scope",
			indicator("SC03", "prefecture", actionv1.Indicator_COUNT, actionv1.Indicator_SCOPE_PREFECTURES), nil,
			&reportv1.Figure{Recorded: &reportv1.Amount{Value: 5}},
		},
		{
			"the campaign's actions",
			indicator("SC04", "action", actionv1.Indicator_COUNT, actionv1.Indicator_ACTIONS), stated(5, exact),
			&reportv1.Figure{Recorded: &reportv1.Amount{Value: 2}, Agreement: reportv1.Figure_BELOW, ItemisedShare: proto.Int64(4000)},
		},
		{
			"a figure that is only stated has nothing to compare",
			indicator("CM01", "person", actionv1.Indicator_COUNT, actionv1.Indicator_STATED_ONLY), stated(6, exact),
			&reportv1.Figure{},
		},
		{
			"a stated zero has no share",
			indicator("NONE", "person", actionv1.Indicator_COUNT, actionv1.Indicator_DELIVERIES), stated(0, exact),
			&reportv1.Figure{Recorded: &reportv1.Amount{}, Confirmed: &reportv1.Amount{}, Agreement: reportv1.Figure_AGREES},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.want.Indicator, c.want.Group, c.want.DisplayName = c.indicator.GetId(), "g", c.indicator.GetId()
			c.want.Unit, c.want.Kind, c.want.Basis = c.indicator.GetUnit(), c.indicator.GetKind(), c.indicator.GetBasis()
			c.want.Stated = c.stated
			source := Source{
				Campaign: &actionv1.Campaign{
					Actions:    []*actionv1.Action{{Id: "bright"}, {Id: "hope"}},
					Indicators: []*actionv1.Indicator{c.indicator},
				},
				Totals: recorded(),
				Scope:  Scope{Villages: 153, Counties: 19, Prefectures: 5},
				Stated: map[string]*reportv1.Statement{},
			}
			if c.stated != nil {
				source.Stated[c.indicator.GetId()] = c.stated
			}
			if diff := cmp.Diff([]*reportv1.Figure{c.want}, Figures(source), protocmp.Transform()); diff != "" {
				t.Errorf("Figures (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGroupsAreHeadedInTheOrderOfTheirFirstFigure(t *testing.T) {
	c := &actionv1.Campaign{
		Actions:  []*actionv1.Action{{Id: "bright", DisplayName: "光明行", DisplayNameEn: "Bright Action"}},
		Headings: []*actionv1.Heading{{Id: "scope", DisplayName: "帮扶范围", DisplayNameEn: "Scope"}},
		Indicators: []*actionv1.Indicator{
			{Id: "A", Group: "scope"}, {Id: "B", Group: "bright"}, {Id: "C", Group: "scope"}, {Id: "D", Group: "own-heading"},
		},
	}
	want := []*reportv1.FigureGroup{
		{Id: "scope", DisplayName: "帮扶范围", DisplayNameEn: "Scope"},
		{Id: "bright", DisplayName: "光明行", DisplayNameEn: "Bright Action"},
		{Id: "own-heading", DisplayName: "own-heading", DisplayNameEn: "own-heading"},
	}
	if diff := cmp.Diff(want, Groups(c), protocmp.Transform()); diff != "" {
		t.Errorf("Groups (-want +got):\n%s", diff)
	}
}
