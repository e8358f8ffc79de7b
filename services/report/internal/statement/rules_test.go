package statement

import (
	"testing"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/fault"
)

func TestAStatementFitsItsCampaign(t *testing.T) {
	campaign := &actionv1.Campaign{Indicators: []*actionv1.Indicator{{Id: "BR03", Unit: "operation"}}}
	for _, c := range []struct {
		name     string
		given    *reportv1.Statement
		campaign *actionv1.Campaign
		code     codes.Code
		reason   string
	}{
		{"its indicator in its unit", &reportv1.Statement{Indicator: "BR03", Unit: "operation"}, campaign, codes.OK, ""},
		{"persons are not operations", &reportv1.Statement{Indicator: "BR03", Unit: "person"}, campaign, codes.InvalidArgument, "UNIT_MISMATCH"},
		{"an indicator it does not have", &reportv1.Statement{Indicator: "XX01", Unit: "operation"}, campaign, codes.FailedPrecondition, "INDICATOR_UNKNOWN"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Fits(c.given, c.campaign)
			if c.code == codes.OK {
				if err != nil {
					t.Errorf("Fits = %v", err)
				}
				return
			}
			f, ok := fault.From(err)
			if !ok || f.Code() != c.code || f.Reason() != c.reason {
				t.Errorf("Fits = %v, want %v %s", err, c.code, c.reason)
			}
		})
	}
}

func TestAStatementIsNamedByItsIndicatorAndDay(t *testing.T) {
	got := idOf(&reportv1.Statement{Indicator: "BR03", AsOf: &date.Date{Year: 2019, Month: 12, Day: 20}})
	if want := "br03-2019-12-20"; got != want {
		t.Errorf("id = %q, want %q", got, want)
	}
}

func TestAStatementIsPlausibleByItsUnit(t *testing.T) {
	for _, c := range []struct {
		unit  string
		value int64
		asked bool
	}{
		{"CNY", 1_000_000_000_000, false}, {"CNY", 1_000_000_000_001, true},
		{"person", 100_000_000, false}, {"person", 100_000_001, true},
	} {
		english, chinese := Implausible(&reportv1.Statement{Unit: c.unit, Value: c.value})
		if (english != "") != c.asked || (chinese != "") != c.asked {
			t.Errorf("%d %s: %q, %q, want a question: %t", c.value, c.unit, english, chinese, c.asked)
		}
	}
}
