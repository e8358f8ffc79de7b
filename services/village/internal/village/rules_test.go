package village

import (
	"testing"

	"google.golang.org/genproto/googleapis/type/date"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
)

func TestOnlyAVillageThatIsNotRetiredIsTakenUp(t *testing.T) {
	standing := &villagev1.Division{Name: "divisions/433124001201", DisplayName: "示例村"}
	for _, tc := range []struct {
		name, code string
		division   *villagev1.Division
		want       string // reason
	}{
		{"a village that exists", "433124001201", standing, ""},
		{"a township", "433124001000", standing, "NOT_A_VILLAGE"},
		{"a county", "433124000000", standing, "NOT_A_VILLAGE"},
		{"an unknown division", "433124001201", nil, "DIVISION_UNKNOWN"},
		{"a retired division", "433124001201", &villagev1.Division{ValidTo: &date.Date{Year: 2020, Month: 6, Day: 30}}, "DIVISION_RETIRED"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := TakeUp(&villagev1.Village{Code: tc.code}, tc.division)
			var got string
			if e, ok := fault.From(err); ok {
				got = e.Reason()
				if v := e.Violations(); len(v) != 1 || v[0].Field != "code" {
					t.Errorf("TakeUp blames %v, want code", v)
				}
			}
			if got != tc.want {
				t.Errorf("TakeUp = %v, want reason %q", err, tc.want)
			}
		})
	}
}

func TestAVillageWithoutANameTakesThatOfItsDivision(t *testing.T) {
	d := &villagev1.Division{DisplayName: "示例村"}
	for own, want := range map[string]string{"": "示例村", "自名村": "自名村"} {
		v := &villagev1.Village{DisplayName: own}
		if NameAs(v, d); v.GetDisplayName() != want {
			t.Errorf("a village named %q is named %q, want %q", own, v.GetDisplayName(), want)
		}
	}
}
