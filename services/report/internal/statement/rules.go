package statement

import (
	"fmt"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/report/internal/figure"
)

// The largest plausible values of a statement: 10 billion CNY in fen, and more people than live in a province.
const (
	plausibleFen   = 1_000_000_000_000
	plausibleCount = 100_000_000
)

// Implausible returns why the value of a statement is not plausible, or "" if it is plausible.
func Implausible(m *reportv1.Statement) (english, chinese string) {
	switch value, money := m.GetValue(), m.GetUnit() == figure.CNY; {
	case money && value > plausibleFen:
		return fmt.Sprintf("is %d fen, and more than 10,000,000,000 yuan is not plausible", value),
			fmt.Sprintf("为 %d 分，超过 100 亿元的合理上限", value)
	case !money && value > plausibleCount:
		return fmt.Sprintf("is %d, and more than 100,000,000 is not plausible", value), fmt.Sprintf("为 %d，超过 1 亿的合理上限", value)
	}
	return "", ""
}

// Fits refuses a statement about an indicator that the campaign does not have, or in a unit other than the indicator's.
func Fits(m *reportv1.Statement, c *actionv1.Campaign) error {
	campaign := resource.Parent(m.GetName())
	i := indicatorOf(c, m.GetIndicator())
	if i == nil {
		return fault.Precondition(campaign, "INDICATOR_UNKNOWN", "is no indicator of %s", campaign).At("indicator")
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
