package resource_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/reflect/protoreflect"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
)

// deliveryKind has a column of each type, and text columns with and without rules of their own.
func deliveryKind() resource.Kind[*actionv1.Delivery] {
	type d = *actionv1.Delivery
	return resource.Kind[d]{Table: "deliveries", Columns: []resource.Column[d]{
		resource.Text("campaign", d.GetName).Matching(resourcev1.E_CampaignName),
		resource.Text("action", d.GetAction),
		resource.Text("indicator", d.GetIndicator).Normalized(strings.ToUpper),
		resource.Text("village", d.GetVillage),
		resource.Text("note", d.GetNote),
		resource.Text("area", d.GetName).Area(),
		resource.Integer("quantity", d.GetQuantity),
		resource.Date("delivery_date", d.GetDeliveryDate),
		resource.Enum("measure", d.GetMeasure),
		resource.Boolean("answered", func(m d) bool { return m.GetAnsweredBy() != "" }),
	}}
}

func TestALiteralIsComparedAsItsFieldIsStored(t *testing.T) {
	for filter, want := range map[string]struct {
		sql  string
		args []any
	}{
		`action = " health "`:                             {"action = $1", []any{"health"}},
		`action != "health"`:                              {"action <> $1", []any{"health"}},
		`action = "h*"`:                                   {"(action >= $1 AND action < $2)", []any{"h", "i"}},
		`action != "h*"`:                                  {"NOT ((action >= $1 AND action < $2))", []any{"h", "i"}},
		`action = "*h"`:                                   {"(length(action) >= 1 AND substr(action, length(action) - 0) = $1)", []any{"h"}},
		`action = "*-h-*"`:                                {"replace(action, $1, '') <> action", []any{"-h-"}},
		`action >= "he"`:                                  {"action >= $1", []any{"he"}},
		`action:"EAL"`:                                    {`lower(action) LIKE lower($1) ESCAPE '\'`, []any{"%EAL%"}},
		`indicator = "br01"`:                              {"indicator = $1", []any{"BR01"}},
		`indicator = "br*"`:                               {"(indicator >= $1 AND indicator < $2)", []any{"BR", "BS"}},
		`village = "villages/4305*"`:                      {"(village >= $1 AND village < $2)", []any{"villages/4305", "villages/4306"}},
		`campaign = "campaigns/x"`:                        {"campaign = $1", []any{"campaigns/x"}},
		`note = "Cafe\u0301\u3000"`:                       {"note = $1", []any{"Café"}},
		`note = ""`:                                       {"note = $1", []any{""}},
		`quantity = 0`:                                    {"quantity = $1", []any{int64(0)}},
		`quantity > -1`:                                   {"quantity > $1", []any{int64(-1)}},
		`quantity <= 1000000000001`:                       {"quantity <= $1", []any{int64(1000000000001)}},
		`delivery_date >= "2019-08-20"`:                   {"delivery_date >= $1", []any{int64(20190820)}},
		`measure = GOODS`:                                 {"measure = $1", []any{int64(2)}},
		`answered AND NOT answered = false`:               {"(answered = $1 AND NOT (answered = $2))", []any{true, false}},
		`create_time < "2019-08-20T00:00:00.5Z"`:          {"create_us < $1", []any{int64(1566259200500000)}},
		`create_time < timestamp("1970-01-01T00:00:01Z")`: {"create_us < $1", []any{int64(1000000)}},
	} {
		sql, args, err := resource.ConditionOf(deliveryKind(), filter)
		if err != nil || sql != want.sql {
			t.Errorf("%s is %s (%v), want %s", filter, sql, err, want.sql)
		}
		if diff := cmp.Diff(want.args, args); diff != "" {
			t.Errorf("arguments of %s (-want +got):\n%s", filter, diff)
		}
	}
}

func TestALiteralThatCannotBeAValueOfItsFieldIsRefused(t *testing.T) {
	const (
		village  = "village must be the name of a village: villages/ and a code of 12 digits"
		slug     = "action must be at most 63 small letters, digits and hyphens, and begin with a letter"
		quantity = "quantity must be at least 0 and at most 1,000,000,000,000"
		measures = "compare measure with one of CASH, GOODS, SERVICE, without quotes"
	)
	for filter, want := range map[string]string{
		`village = "430523599201"`:                   village + " (at character 11)",
		`action = "x" AND village != "430523599201"`: village + " (at character 29)",
		`village = ""`:                               "village must not be empty (at character 11)",
		`village = "430523*"`:                        village + "; no such text matches 430523* (at character 11)",
		`village = "*x"`:                             village + "; no such text matches *x (at character 11)",
		`village >= "430523"`:                        village + "; no such text matches 430523* (at character 12)",
		`village:"长沙"`:                               village + "; no such text matches *长沙* (at character 9)",
		`village = "villages/4305235992011*"`:        village + "; no such text matches villages/4305235992011* (at character 11)",
		`campaign = "x"`:                             "campaign must be the name of a campaign: campaigns/ and an id of at most 63 small letters, digits and hyphens (at character 12)",
		`action = "Health"`:                          slug + " (at character 10)",
		`action = "h\\*"`:                            slug + " (at character 10)",
		`action > "h*"`:                              slug + "; no such text matches h\\** (at character 10)",
		`indicator = "br-1"`:                         "indicator must be at most 16 capital letters and digits, and begin with a letter, such as BR01 (at character 13)",
		`note = "` + strings.Repeat("a", 2001) + `"`: "note must have at most 2000 characters (at character 8)",
		`note:"` + strings.Repeat("a", 2001) + `"`:   "note must have at most 2000 characters (at character 6)",
		`note = "a\u200b"`:                           "note must not have invisible characters; character 2 is U+200B (at character 8)",
		`note = "a*b*c"`:                             "note takes * at the beginning, at the end or at both, or once within the text (at character 8)",
		`quantity = -1`:                              quantity + " (at character 12)",
		`quantity != 1000000000001`:                  quantity + " (at character 13)",
		`quantity < 0`:                               quantity + " (at character 12)",
		`quantity > 1000000000000`:                   quantity + " (at character 12)",
		`quantity = 1.5`:                             "compare quantity with a whole number (at character 12)",
		`measure = MONEY`:                            measures + " (at character 11)",
		`measure = "GOODS"`:                          measures + " (at character 11)",
		`measure >= GOODS`:                           "measure has no order, compare it with = or != (at character 1)",
		`measure:GOODS`:                              "measure cannot be searched with `:` (at character 1)",
		`delivery_date = "2019-02-30"`:               `compare delivery_date with a date such as "2019-08-20" (at character 17)`,
		`delivery_date = ""`:                         `compare delivery_date with a date such as "2019-08-20" (at character 17)`,
		`create_time > "yesterday"`:                  `compare create_time with a time such as "2019-08-20T00:00:00Z" (at character 15)`,
		`answered = 1`:                               "compare answered with true or false (at character 12)",
		`name = "x"`:                                 "name must be the name of a delivery: campaigns/, the id of the campaign, /deliveries/ and a UUID (at character 8)",
		`area = "430523"`: "there is no field area to filter by; there are action, answered, campaign, create_time, delivery_date, indicator, " +
			"measure, name, note, quantity, update_time, village (at character 1)",
	} {
		_, _, err := resource.ConditionOf(deliveryKind(), filter)
		refused, ok := fault.From(err)
		if !ok || refused.Message() != "filter: "+want {
			t.Errorf("%s is refused with %v, want filter: %s", filter, err, want)
			continue
		}
		if v := refused.Violations()[0]; v.Field != "filter" || !strings.Contains(v.Chinese, "个字符处）") {
			t.Errorf("%s is refused with %+v, want the field and Chinese", filter, v)
		}
	}
}

// TestEveryRuleOfATextTellsWhatCanMatchIt checks that filters can compile each declared rule, and that the result
// agrees with the regular expression.
func TestEveryRuleOfATextTellsWhatCanMatchIt(t *testing.T) {
	texts := []string{
		"", "a", "h-1", "A", "BR01", "villages/430523599201", "villages/-", "campaigns/x", "campaigns/x/bulletin", "430523599201", "2019-08-20",
		"logs/action:12", "campaigns/x/deliveries/0195f0e0-7c00-7abc-8000-00000000000f", "organizations/51430000MJJ0000129", "+86 731 8888",
	}
	checked, lengths := 0, 0
	extensions := resourcev1.File_wancun_resource_v1_constraints_proto.Extensions()
	for i := range extensions.Len() {
		declared := extensions.Get(i)
		if declared.ContainingMessage().FullName() != "buf.validate.StringRules" || declared.Kind() != protoreflect.BoolKind {
			continue
		}
		ask, is, err := resource.RuleOf(declared)
		if err != nil {
			t.Error(err)
			continue
		}
		if ask == nil {
			lengths++
			continue
		}
		for _, text := range texts {
			if got, want := ask(text), is.MatchString(text); got != want {
				t.Errorf("%s takes %q: %v, its expression says %v", declared.Name(), text, got, want)
			}
			if !is.MatchString(text) {
				continue
			}
			checked++
			for cut := range len(text) + 1 {
				for _, pieces := range [][]string{{text[:cut], ""}, {"", text[cut:]}, {text[:cut], text[cut:]}, {"", text[cut/2 : cut], ""}} {
					if !ask(pieces...) {
						t.Errorf("%s takes %q, but not what matches %q", declared.Name(), text, strings.Join(pieces, "*"))
					}
				}
			}
			if ask(text+"\x00", "") || ask("", "\x00"+text) {
				t.Errorf("%s takes more than %q", declared.Name(), text)
			}
		}
	}
	if checked < 15 || lengths < 5 {
		t.Errorf("only %d texts were taken by a rule, and %d rules ask for a length", checked, lengths)
	}
}

func TestAKindWhoseColumnFollowsARuleThatFiltersCannotReadIsRefused(t *testing.T) {
	kind := resource.Kind[*villagev1.Need]{Table: "needs", Columns: []resource.Column[*villagev1.Need]{
		resource.Text("village", (*villagev1.Need).GetName).Matching(resourcev1.E_WordsZh),
	}}
	if _, _, err := resource.ConditionOf(kind, ""); err == nil || !strings.Contains(err.Error(), "column village") {
		t.Errorf("the kind is refused with %v, want the column", err)
	}
}
