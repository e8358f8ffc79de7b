package contract

import (
	"strings"
	"testing"

	"go.einride.tech/aip/fieldbehavior"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"
)

// ahead are the days that may be after today, with the reason. Every other day from callers must not be in the future.
var ahead = map[protoreflect.FullName]string{
	"wancun.action.v1.Campaign.start_date":     "a campaign is written down before it starts",
	"wancun.action.v1.Campaign.end_date":       "a campaign is planned with its end",
	"wancun.org.v1.Grant.valid_from":           "a role is given before the first day of the work",
	"wancun.org.v1.Grant.valid_to":             "the end of the work is known before",
	"wancun.village.v1.ScopeMember.valid_from": "a village is chosen before it joins",
	"wancun.village.v1.ScopeMember.valid_to":   "a village's leave is decided before it leaves",
}

// The kit only checks the days in resources, when it writes them.
func TestEveryDayThatCallersGiveIsOfAResourceAndNotAfterTodayOrPlanned(t *testing.T) {
	planned := map[protoreflect.FullName]bool{}
	days := 0
	for _, m := range asked(t) {
		for i := range m.Fields().Len() {
			f := m.Fields().Get(i)
			past, _ := proto.GetExtension(f.Options(), resourcev1.E_NotAfterToday).(bool)
			isDay := f.Message() != nil && f.Message().FullName() == (*date.Date)(nil).ProtoReflect().Descriptor().FullName()
			why, listed := ahead[f.FullName()]
			switch {
			case past && !isDay:
				t.Errorf("%s is no google.type.Date, so that not_after_today means nothing", f.FullName())
			case !isDay || fieldbehavior.Has(f, annotations.FieldBehavior_OUTPUT_ONLY):
			case strings.HasSuffix(string(m.Name()), "Request"):
				t.Errorf("%s is of a request and not of a resource, so that nothing checks whether it is a day", f.FullName())
			case past == listed:
				t.Errorf("%s: want either (wancun.resource.v1.not_after_today) or a reason in this test why it may be after today; it has the reason %q", f.FullName(), why)
			default:
				days++
				planned[f.FullName()] = listed
			}
		}
	}
	for name := range ahead {
		if !planned[name] {
			t.Errorf("%s is not a day that callers give", name)
		}
	}
	if days < 8 {
		t.Errorf("only %d days were found", days)
	}
}
