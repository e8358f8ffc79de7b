package fault_test

import (
	"testing"

	"buf.build/go/protovalidate"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
)

func TestAConstraintIsSaidInPlainWords(t *testing.T) {
	need := func(change func(*villagev1.Need)) proto.Message {
		n := &villagev1.Need{Category: "cataract_patients", Quantity: 12, Unit: "person", SurveyDate: &date.Date{Year: 2019, Month: 8, Day: 20}}
		change(n)
		return n
	}
	organization := func(change func(*orgv1.Organization)) proto.Message {
		o := &orgv1.Organization{
			Uscc: "51430000500011111X", DisplayName: "湖南省肢残人协会", Type: orgv1.Organization_FOUNDATION,
			Level: orgv1.Organization_PROVINCIAL, Division: "divisions/430000000000",
		}
		change(o)
		return o
	}
	for name, c := range map[string]struct {
		given  proto.Message
		reason string
		says   string
	}{
		"a message that is missing": {need(func(n *villagev1.Need) { n.SurveyDate = nil }), "REQUIRED", "survey_date: must be given"},
		"a text that is missing":    {organization(func(o *orgv1.Organization) { o.DisplayName = "" }), "STRING_MIN_LEN", "display_name: must not be empty"},
		"a code that is missing":    {need(func(n *villagev1.Need) { n.Unit = "" }), "STRING_UNIT_ID", "unit: must not be empty"},
		"a code of another form": {need(func(n *villagev1.Need) { n.Category = "A" }), "STRING_CATEGORY_ID",
			"category: must be at most 63 small letters, digits and underscores, and begin with a letter"},
		"a number out of bounds": {need(func(n *villagev1.Need) { n.Quantity = -1 }), "INT64_GT_LTE", "quantity: must be greater than 0 and at most 1,000,000,000,000"},
		"an enum value that is missing": {organization(func(o *orgv1.Organization) { o.Type = 0 }), "ENUM_NOT_IN",
			"type: must be given: one of SOCIAL_GROUP, SERVICE_AGENCY, FOUNDATION"},
		"an enum value that there is not": {organization(func(o *orgv1.Organization) { o.Type = 99 }), "ENUM_DEFINED_ONLY",
			"type: must be one of SOCIAL_GROUP, SERVICE_AGENCY, FOUNDATION"},
		"an enum value that this field does not take": {
			&reportv1.QueryFiguresRequest{Parent: "campaigns/example", Dimension: actionv1.Formula_COUNTY}, "ENUM_IN",
			"dimension: must be one of ORGANIZATION, VILLAGE",
		},
		"an empty list": {&villagev1.BatchGetDivisionsRequest{}, "REPEATED_MIN_ITEMS", "names: must not be empty"},
		"an id that is no UUID": {&villagev1.CreateNeedRequest{Parent: "villages/433124001201", RequestId: "1", Need: need(func(*villagev1.Need) {}).(*villagev1.Need)}, "STRING_UUID",
			"request_id: must be a UUID"},
	} {
		t.Run(name, func(t *testing.T) {
			e, ok := fault.From(fault.Validation(protovalidate.Validate(c.given)))
			if !ok || len(e.Violations()) != 1 {
				t.Fatalf("got %v, want one violation", e)
			}
			got := []string{e.Reason(), e.Violations()[0].Reason, e.Message()}
			if diff := cmp.Diff([]string{"INVALID_REQUEST", c.reason, c.says}, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func delivery(change func(*actionv1.Delivery)) *actionv1.Delivery {
	d := &actionv1.Delivery{
		Action: "bright", Indicator: "BR03", Organization: "organizations/51430000500011111X", Village: "villages/433124001201",
		DeliveryDate: &date.Date{Year: 2019, Month: 8, Day: 20},
	}
	change(d)
	return d
}

func TestAConstraintIsSaidInChineseToo(t *testing.T) {
	for want, given := range map[string]proto.Message{
		"kind: 必须填写：更名（RENAME）、合并（MERGE）、拆分（SPLIT）、划转（TRANSFER）之一": &villagev1.Succession{
			Predecessor: "divisions/430521000000", Successor: "divisions/430582000000", EffectiveDate: &date.Date{Year: 2019, Month: 8, Day: 20}, SourceNote: "x",
		},
		"measure: 须为现金（CASH）、物资（GOODS）、服务（SERVICE）之一":   delivery(func(d *actionv1.Delivery) { d.Measure = 9 }),
		"value_fen: 须不小于 0 元，且不大于 10,000,000,000,000 元": delivery(func(d *actionv1.Delivery) { d.ValueFen = -1 }),
		"parent: 须为村的名称：villages/ 加 12 位代码": &villagev1.CreateNeedRequest{Parent: "villages/4", Need: &villagev1.Need{
			Category: "roads", Quantity: 1, Unit: "km", SurveyDate: &date.Date{Year: 2019, Month: 8, Day: 20},
		}},
		"names: 不能为空": &villagev1.BatchGetDivisionsRequest{},
		"names[1]: 须为区划的名称：divisions/ 加 12 位代码": &villagev1.BatchGetDivisionsRequest{Names: []string{"divisions/430000000000", "x"}},
		"page_size: 须不小于 0":                     &villagev1.ListDivisionsRequest{PageSize: -1},
	} {
		refused := fault.Validation(protovalidate.Validate(given)).(*fault.Error)
		e, _ := fault.From(refused.GRPCStatus().Err()) // as a peer receives it
		if v := e.Violations(); len(v) != 1 || v[0].Field+": "+v[0].Chinese != want {
			t.Errorf("got %+v, want %q", v, want)
		}
	}
}
