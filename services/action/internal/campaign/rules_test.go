package campaign

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/fault"
)

const (
	count    = actionv1.Indicator_COUNT
	distinct = actionv1.Indicator_DISTINCT
	cash     = actionv1.Indicator_CASH_VALUE
	mixed    = actionv1.Indicator_MIXED_VALUE
	unstated = actionv1.Indicator_UNSTATED_VALUE
)

type formula = actionv1.Formula

// campaign returns a valid campaign, adjusted by change.
func campaign(change func(*actionv1.Campaign)) *actionv1.Campaign {
	c := &actionv1.Campaign{
		Name: "campaigns/example", DisplayName: "示例行动", Scope: "scopes/example",
		StartDate: &date.Date{Year: 2019, Month: 5, Day: 1},
		Actions:   []*actionv1.Action{{Id: "bright", DisplayName: "光明行"}, {Id: "hope", DisplayName: "希望行"}},
		Headings:  []*actionv1.Heading{{Id: "scope", DisplayName: "帮扶范围"}, {Id: "villages", DisplayName: "村"}},
		Indicators: []*actionv1.Indicator{
			{Id: "SC01", Group: "scope", DisplayName: "村", Unit: "village", Kind: count, Formula: &formula{Of: actionv1.Formula_DISTINCT, Dimension: actionv1.Formula_VILLAGE, Source: actionv1.Formula_SCOPE_MEMBERS}},
			{Id: "BR03", Group: "bright", DisplayName: "复明手术", Unit: "operation", Kind: count, Formula: &formula{Of: actionv1.Formula_SUM_QUANTITY, Source: actionv1.Formula_DELIVERIES, Named: true}},
			{Id: "HP04", Group: "hope", DisplayName: "发放现金", Unit: "CNY", Kind: cash, Formula: &formula{Of: actionv1.Formula_SUM_FEN, Source: actionv1.Formula_DELIVERIES, Named: true}},
		},
		NeedCategories: []*actionv1.NeedCategory{
			{Id: "cataract_patients", DisplayName: "白内障患者", Unit: "person", Action: "bright"},
			{Id: "other", DisplayName: "其他", Unit: "item"},
		},
	}
	if change != nil {
		change(c)
	}
	return c
}

func blamed(err error) map[string]string {
	e, ok := fault.From(err)
	if !ok {
		return nil
	}
	fields := map[string]string{}
	for _, v := range e.Violations() {
		fields[v.Field] = v.Reason
	}
	return fields
}

func TestACatalogueFitsTogether(t *testing.T) {
	type c = actionv1.Campaign
	for _, tc := range []struct {
		name   string
		change func(*c)
		want   map[string]string
	}{
		{"a valid campaign", nil, nil},
		{"a campaign of a day", func(m *c) { m.EndDate = m.GetStartDate() }, nil},
		{"ends before it starts", func(m *c) { m.EndDate = &date.Date{Year: 2019, Month: 4, Day: 30} }, map[string]string{"end_date": "BEFORE_START_DATE"}},
		{"an action twice", func(m *c) { m.Actions = append(m.Actions, m.GetActions()[0]) }, map[string]string{"actions[2].id": "DUPLICATE"}},
		{"an indicator twice", func(m *c) { m.Indicators[2].Id = "SC01" }, map[string]string{"indicators[2].id": "DUPLICATE"}},
		{"a heading twice", func(m *c) { m.Headings[1].Id = "scope" }, map[string]string{"headings[1].id": "DUPLICATE"}},
		{"a heading that is an action", func(m *c) { m.Headings[1].Id = "hope" }, map[string]string{"headings[1].id": "ID_OF_AN_ACTION"}},
		{"a category twice", func(m *c) { m.NeedCategories[1].Id = "cataract_patients" }, map[string]string{"need_categories[1].id": "DUPLICATE"}},
		{"a category that no action answers", func(m *c) { m.NeedCategories[0].Action = "sweet" }, map[string]string{"need_categories[0].action": "ACTION_UNKNOWN"}},
		{"an indicator under a heading that there is not", func(m *c) { m.Indicators[0].Group = "province" }, map[string]string{"indicators[0].group": "GROUP_UNKNOWN"}},
		{"an indicator under an action that there is not", func(m *c) { m.Indicators[1].Group = "sweet" }, map[string]string{"indicators[1].group": "GROUP_UNKNOWN"}},
		{"a heading that goes from above an indicator", func(m *c) { m.Headings = m.Headings[1:] }, map[string]string{"indicators[0].group": "GROUP_UNKNOWN"}},
		{"an indicator under nothing", func(m *c) { m.Indicators[2].Group = "" }, map[string]string{"indicators[2].group": "GROUP_UNKNOWN"}},
		{"all of it at once", func(m *c) { m.Actions[1].Id, m.EndDate = "bright", &date.Date{Year: 2019, Month: 4, Day: 30} }, map[string]string{
			"actions[1].id": "DUPLICATE", "end_date": "BEFORE_START_DATE", "indicators[2].group": "GROUP_UNKNOWN",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, blamed(Validate(campaign(tc.change)))); diff != "" {
				t.Errorf("Validate blames (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnitKindAndFormulaFitTogether(t *testing.T) {
	const (
		quantity, fen, facts, different = actionv1.Formula_SUM_QUANTITY, actionv1.Formula_SUM_FEN, actionv1.Formula_COUNT, actionv1.Formula_DISTINCT
		deliveries, scope, needs        = actionv1.Formula_DELIVERIES, actionv1.Formula_SCOPE_MEMBERS, actionv1.Formula_NEEDS
		organization                    = actionv1.Formula_ORGANIZATION
	)
	for _, tc := range []struct {
		name    string
		unit    string
		kind    actionv1.Indicator_Kind
		formula *formula
		want    map[string]string
	}{
		{"operations counted", "operation", count, &formula{Of: quantity, Source: deliveries, Named: true}, nil},
		{"households counted once", "household", distinct, &formula{Of: quantity, Source: deliveries, Named: true}, nil},
		{"cash given", "CNY", cash, &formula{Of: fen, Source: deliveries, Named: true}, nil},
		{"money of no stated kind", "CNY", unstated, &formula{Of: fen, Source: deliveries, Named: true}, nil},
		{"cash in persons", "person", cash, &formula{Of: fen, Source: deliveries}, map[string]string{"unit": "UNIT_DISAGREES_WITH_KIND"}},
		{"a count in CNY", "CNY", count, &formula{Of: quantity, Source: deliveries}, map[string]string{"unit": "UNIT_DISAGREES_WITH_KIND"}},
		{"headline of all three", "CNY", mixed, &formula{Of: fen, Source: deliveries}, nil},
		{"money as a count", "person", count, &formula{Of: fen, Source: deliveries}, map[string]string{"formula.of": "FORMULA_DISAGREES_WITH_KIND"}},
		{"a count as money", "CNY", cash, &formula{Of: facts, Source: deliveries}, map[string]string{"formula.of": "FORMULA_DISAGREES_WITH_KIND"}},
		{"stated money", "CNY", mixed, nil, nil},
		{"stated number", "household", count, nil, nil},
		{"different organizations", "organization", distinct, &formula{Of: different, Source: deliveries, Dimension: organization}, nil},
		{"different nothings", "organization", distinct, &formula{Of: different, Source: deliveries}, map[string]string{"formula.dimension": "NOT_OF_THE_SOURCE"}},
		{"organizations of needs", "organization", distinct, &formula{Of: different, Source: needs, Dimension: organization}, map[string]string{"formula.dimension": "NOT_OF_THE_SOURCE"}},
		{
			"a dimension that is not counted", "operation", count, &formula{Of: quantity, Source: deliveries, Dimension: organization},
			map[string]string{"formula.dimension": "DIMENSION_WITHOUT_DISTINCT"},
		},
		{"needs of a category", "person", count, &formula{Of: quantity, Source: needs, Filter: `category = "cataract_patients"`, Stage: actionv1.Formula_VERIFIED}, nil},
		{"confirmed needs", "person", count, &formula{Of: quantity, Source: needs, Stage: actionv1.Formula_CONFIRMED}, map[string]string{"formula.stage": "NOT_OF_THE_SOURCE"}},
		{"villages that name it", "village", count, &formula{Of: facts, Source: scope, Named: true}, map[string]string{"formula.named": "NOT_OF_THE_SOURCE"}},
		{"a filter over nothing", "person", count, &formula{Of: quantity, Source: needs, Filter: `colour = "red"`}, map[string]string{"formula.filter": "UNKNOWN_FIELD"}},
		{
			"provincial organizations", "organization", distinct,
			&formula{Of: different, Source: deliveries, Dimension: organization, Filter: "organization.level = PROVINCIAL AND measure != GOODS"}, nil,
		},
		{
			"a level that there is not", "organization", distinct,
			&formula{Of: different, Source: deliveries, Dimension: organization, Filter: "organization.level = GALACTIC"}, map[string]string{"formula.filter": "NOT_A_VALUE"},
		},
		{
			"organizations or money", "organization", distinct,
			&formula{Of: different, Source: deliveries, Dimension: organization, Filter: "organization.level = PROVINCIAL OR measure = CASH"},
			map[string]string{"formula.filter": "ORGANIZATION_NOT_APART"},
		},
		{
			"money of provincial organizations", "CNY", cash, &formula{Of: fen, Source: deliveries, Filter: "organization.level = PROVINCIAL"},
			map[string]string{"formula.filter": "ORGANIZATION_NOT_COUNTED"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want := map[string]string(nil)
			for field, reason := range tc.want {
				want = map[string]string{"indicators[0]." + field: reason}
			}
			c := campaign(func(c *actionv1.Campaign) {
				c.Indicators = []*actionv1.Indicator{{Id: "X", Group: "scope", Unit: tc.unit, Kind: tc.kind, Formula: tc.formula}}
			})
			if diff := cmp.Diff(want, blamed(Validate(c))); diff != "" {
				t.Errorf("Validate blames (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatRecordsRestOnStays(t *testing.T) {
	type c = actionv1.Campaign
	for _, tc := range []struct {
		name   string
		change func(*c)
		field  string // "" if the change is allowed
	}{
		{"nothing changes", func(*c) {}, ""},
		{"names change", func(m *c) { m.DisplayName, m.Actions[0].DisplayName, m.Indicators[0].DisplayName = "新", "新", "新" }, ""},
		{"an action, an indicator and a category join", func(m *c) {
			m.Actions = append(m.Actions, &actionv1.Action{Id: "sweet"})
			m.Indicators = append(m.Indicators, &actionv1.Indicator{Id: "SW01", Group: "sweet"})
			m.NeedCategories = append(m.NeedCategories, &actionv1.NeedCategory{Id: "diabetes_patients"})
		}, ""},
		{"the order changes", func(m *c) {
			m.Indicators[0], m.Indicators[2] = m.Indicators[2], m.Indicators[0]
			m.Actions[0], m.Actions[1] = m.Actions[1], m.Actions[0]
		}, ""},
		{"a heading changes", func(m *c) { m.Indicators[0].Group = "villages" }, ""},
		{"a category goes", func(m *c) { m.NeedCategories = m.NeedCategories[:1] }, ""},
		{"an action goes", func(m *c) { m.Actions = m.Actions[:1] }, "actions"},
		{"an indicator goes", func(m *c) { m.Indicators = m.Indicators[:2] }, "indicators"},
		{"an indicator is renamed", func(m *c) { m.Indicators[1].Id = "BR04" }, "indicators"},
		{"a unit changes", func(m *c) { m.Indicators[1].Unit = "person" }, "indicators[1].unit"},
		{"a kind changes", func(m *c) { m.Indicators[1].Kind = distinct }, "indicators[1].kind"},
		{"a formula changes", func(m *c) { m.Indicators[1].Formula.Stage = actionv1.Formula_CONFIRMED }, "indicators[1].formula"},
		{"a formula goes", func(m *c) { m.Indicators[1].Formula = nil }, "indicators[1].formula"},
		{"an indicator moves to another action", func(m *c) { m.Indicators[1].Group = "hope" }, "indicators[1].group"},
		{"an indicator leaves its action", func(m *c) { m.Indicators[1].Group = "scope" }, "indicators[1].group"},
		{"a new action takes a heading over", func(m *c) { m.Actions = append(m.Actions, &actionv1.Action{Id: "scope"}) }, "indicators[0].group"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			old := campaign(nil)
			updated := proto.CloneOf(old)
			tc.change(updated)
			err := Keep(old, updated)
			if tc.field == "" {
				if err != nil {
					t.Errorf("Keep = %v, want the change allowed", err)
				}
				return
			}
			if _, ok := blamed(err)[tc.field]; !ok || fault.Status(err).Code() != codes.FailedPrecondition {
				t.Errorf("Keep = %v, want %s at %s", err, codes.FailedPrecondition, tc.field)
			}
		})
	}
}

func TestACatalogueAnswersByID(t *testing.T) {
	k := NewCatalogue(campaign(func(c *actionv1.Campaign) { c.EndDate = &date.Date{Year: 2019, Month: 12, Day: 31} }))
	for on, want := range map[day.Day]bool{2019_04_30: false, 2019_05_01: true, 2019_12_31: true, 2020_01_01: false} {
		if got := k.Runs(on); got != want {
			t.Errorf("Runs(%d) = %t, want %t", on, got, want)
		}
	}
	if !k.HasAction("hope") || k.HasAction("sweet") {
		t.Error("HasAction does not know the campaign's actions")
	}
	if k.ActionOf(k.Indicator("BR03")) != "bright" || k.ActionOf(k.Indicator("SC01")) != "" || k.Indicator("XX") != nil {
		t.Error("Indicator or ActionOf does not know the campaign's indicators")
	}
	if open := NewCatalogue(campaign(nil)); !open.Runs(2999_01_01) {
		t.Error("a campaign without an end ended")
	}
}
