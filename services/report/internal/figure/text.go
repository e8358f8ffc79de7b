package figure

import (
	"fmt"
	"strings"

	"github.com/dustin/go-humanize"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
)

// English reports whether a page is in English. Pages in all other languages are in Chinese.
func English(l reportv1.RenderBulletinRequest_Language) bool {
	return l == reportv1.RenderBulletinRequest_ENGLISH
}

// Count formats a number for pages: 1,459.
func Count(n int64) string { return humanize.Comma(n) }

// MoneyUnit returns the unit of the numbers that Money returns, CNY or 万元. A page prints it once, in a heading.
func MoneyUnit(l reportv1.RenderBulletinRequest_Language) string {
	return either(English(l), CNY, "万元")
}

// Money formats an amount in fen as a number of MoneyUnits. In English: 13,000,000, with two decimals if it is not
// whole. In Chinese: 1,300, rounded to at most two decimals, or 不足0.01 for an amount that would round to 0.
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

// hundredths formats a number of hundredths without trailing zeros: 13450 is 134.5.
func hundredths(h int64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%s.%02d", Count(h/100), h%100), "0"), ".")
}

// In formats a figure in a unit, without the unit.
func In(l reportv1.RenderBulletinRequest_Language, unit string, n int64) string {
	if unit == CNY {
		return Money(l, n)
	}
	return Count(n)
}

// Text formats the figure as its source states it, without the unit: "more than 15,000", 近40万.
func (a Qualified) Text(l reportv1.RenderBulletinRequest_Language, unit string) string {
	return QualifierText(l, a.Qualifier) + a.rounded(l, unit)
}

// rounded formats the figure without its qualifier. In Chinese, whole multiples of 10,000 and 100 million are written
// with 万 and 亿.
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

// MoneyText formats an amount in fen for a sentence, with its unit: "more than CNY 50,000,000", 超过5,000万元.
func (a Qualified) MoneyText(l reportv1.RenderBulletinRequest_Language) string {
	amount := Money(l, a.Value)
	return QualifierText(l, a.Qualifier) + either(English(l), CNY+" "+amount, amount+MoneyUnit(l))
}

// QualifierText returns the words before a number that has a qualifier, with the space that follows them in English.
func QualifierText(l reportv1.RenderBulletinRequest_Language, q reportv1.Statement_Qualifier) string {
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

// Percent formats hundredths of a percent without trailing zeros: 1929 is 19.29%, and 10000 is 100%.
func Percent(h int64) string { return hundredths(h) + "%" }
