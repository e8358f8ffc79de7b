package figure

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
)

func stated(value int64, q reportv1.Statement_Qualifier) *reportv1.Statement {
	return &reportv1.Statement{Value: value, Qualifier: q}
}

func TestWhatIsRecordedStandsBesideWhatWasStated(t *testing.T) {
	const count, cash, mixed = actionv1.Indicator_COUNT, actionv1.Indicator_CASH_VALUE, actionv1.Indicator_MIXED_VALUE
	for _, c := range []struct {
		name      string
		unit      string
		kind      actionv1.Indicator_Kind
		recorded  *reportv1.Amount
		stated    *reportv1.Statement
		share     *int64
		agreement reportv1.Figure_Agreement
	}{
		{"more than was stated", "operation", count, &reportv1.Amount{Value: 1469}, stated(1459, exact), proto.Int64(10069), reportv1.Figure_ABOVE},
		{"exactly what was stated", CNY, cash, &reportv1.Amount{Value: 58000000}, stated(58000000, exact), proto.Int64(10000), reportv1.Figure_AGREES},
		{"less than was stated", CNY, cash, &reportv1.Amount{Value: 58000000}, stated(700000000, moreThan), proto.Int64(829), reportv1.Figure_BELOW},
		{
			"all three measures of a mixed figure", CNY, mixed, &reportv1.Amount{CashFen: 58000000, GoodsFen: 1300050000, ServiceFen: 8000},
			stated(1358058000, exact), proto.Int64(10000), reportv1.Figure_AGREES,
		},
		{"nothing was stated", "county", count, &reportv1.Amount{Value: 19}, nil, nil, 0},
		{"nothing is recorded", "person", count, nil, stated(6, exact), nil, 0},
		{"a stated zero has no share", "person", count, &reportv1.Amount{}, stated(0, exact), nil, reportv1.Figure_AGREES},
	} {
		t.Run(c.name, func(t *testing.T) {
			i := &actionv1.Indicator{Id: "X", Group: "g", DisplayName: "x", Unit: c.unit, Kind: c.kind}
			answer := Answer{Recorded: c.recorded, Confirmed: &reportv1.Amount{Value: 1}, Organizations: 7, Villages: proto.Int64(9)}
			got := Figures(Source{
				Campaign: &actionv1.Campaign{Indicators: []*actionv1.Indicator{i}},
				Answers:  map[string]Answer{"X": answer}, Stated: map[string]*reportv1.Statement{"X": c.stated},
			})
			want := []*reportv1.Figure{{
				Indicator: "X", Group: "g", DisplayName: "x", Unit: c.unit, Kind: c.kind, Recorded: c.recorded, Confirmed: answer.Confirmed,
				Organizations: 7, Villages: proto.Int64(9), Stated: c.stated, ItemisedShare: c.share, Agreement: c.agreement,
			}}
			if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
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
