package figure

import (
	"fmt"
	"strings"

	"github.com/dustin/go-humanize"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
)

// English says whether a page is in English; every other language is Chinese.
func English(l reportv1.RenderBulletinRequest_Language) bool {
	return l == reportv1.RenderBulletinRequest_ENGLISH
}

// Count is a number as pages print it: 1,459.
func Count(n int64) string { return humanize.Comma(n) }

// MoneyUnit is the unit of Money, which a page prints once, in the heading of what it counts: CNY or 万元.
func MoneyUnit(l reportv1.RenderBulletinRequest_Language) string {
	return either(English(l), CNY, "万元")
}

// Money is an amount in fen as a number of the language's MoneyUnit: 13,000,000, with two decimals if it is not whole; in
// Chinese 1,300, rounded to at most two decimals. An amount that would be rounded to 0 is 不足0.01.
func Money(l reportv1.RenderBulletinRequest_Language, fen int64) string {
	if English(l) {
		if fen%100 == 0 {
			return Count(fen / 100)
		}
		return fmt.Sprintf("%s.%02d", Count(fen/100), fen%100)
	}
	const hundredth = 100 * 100 // fen in 0.01 万元
	h := (fen + hundredth/2) / hundredth
	if h == 0 && fen > 0 {
		return "不足0.01"
	}
	return hundredths(h)
}

// hundredths prints hundredths without zeros at the end: 13450 is 134.5.
func hundredths(h int64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%s.%02d", Count(h/100), h%100), "0"), ".")
}

// In is a figure in a unit, without the unit.
func In(l reportv1.RenderBulletinRequest_Language, unit string, n int64) string {
	if unit == CNY {
		return Money(l, n)
	}
	return Count(n)
}

// Text words the figure as its source did, without the unit: "more than 15,000", 近40万.
func (a Qualified) Text(l reportv1.RenderBulletinRequest_Language, unit string) string {
	return qualifierText(l, a.Qualifier) + a.rounded(l, unit)
}

// rounded is the figure without its qualifier. In Chinese a round number of ten thousands or of hundred millions is
// written as such.
func (a Qualified) rounded(l reportv1.RenderBulletinRequest_Language, unit string) string {
	const wan, yi = 1_0000, 1_0000_0000
	switch {
	case English(l), unit == CNY, a.Value == 0, a.Value%wan != 0:
		return In(l, unit, a.Value)
	case a.Value%yi == 0:
		return Count(a.Value/yi) + "亿"
	default:
		return Count(a.Value/wan) + "万"
	}
}

// MoneyText words an amount in fen for a sentence, with its unit: "more than CNY 50,000,000", 超过5,000万元.
func (a Qualified) MoneyText(l reportv1.RenderBulletinRequest_Language) string {
	amount := Money(l, a.Value)
	return qualifierText(l, a.Qualifier) + either(English(l), CNY+" "+amount, amount+MoneyUnit(l))
}

func qualifierText(l reportv1.RenderBulletinRequest_Language, q reportv1.Statement_Qualifier) string {
	en := English(l)
	switch q {
	case reportv1.Statement_MORE_THAN:
		return either(en, "more than ", "超过")
	case reportv1.Statement_NEARLY:
		return either(en, "nearly ", "近")
	case reportv1.Statement_ABOUT:
		return either(en, "about ", "约")
	case reportv1.Statement_AT_LEAST:
		return either(en, "at least ", "至少")
	default:
		return ""
	}
}

func either(en bool, english, chinese string) string {
	if en {
		return english
	}
	return chinese
}

// Percent prints hundredths of a percent, without zeros at the end: 1929 is 19.29%, and 10000 is 100%.
func Percent(h int64) string { return hundredths(h) + "%" }
