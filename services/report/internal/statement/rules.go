package statement

import (
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/fault"
)

// Validate holds for every statement.
func Validate(m *reportv1.Statement) error {
	if _, ok := day.Of(m.GetAsOf()); !ok {
		return fault.Invalid("as_of", "NOT_A_DAY", "must be a day of the calendar")
	}
	return nil
}

// Fits refuses a statement about an indicator that the campaign does not have, or in another unit than the indicator's.
func Fits(m *reportv1.Statement, c *actionv1.Campaign) error {
	campaign := campaignOf(m.GetName())
	i := indicatorOf(c, m.GetIndicator())
	if i == nil {
		return fault.Precondition(campaign, "INDICATOR_UNKNOWN", "%s has no indicator %s", campaign, m.GetIndicator()).At("indicator")
	}
	if m.GetUnit() != i.GetUnit() {
		return fault.Invalid("unit", "UNIT_MISMATCH", "must be %q, the unit of %s", i.GetUnit(), i.GetId())
	}
	return nil
}

func indicatorOf(c *actionv1.Campaign, id string) *actionv1.Indicator {
	for _, i := range c.GetIndicators() {
		if i.GetId() == id {
			return i
		}
	}
	return nil
}
