package figure

import (
	"fmt"
	"strconv"

	"github.com/dustin/go-humanize"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
)

// English says whether a page is in English; every other language is Chinese.
func English(l reportv1.RenderBulletinRequest_Language) bool {
	return l == reportv1.RenderBulletinRequest_ENGLISH
}

// Text is a number as a page in the language prints it: 1,459 or 1459.
func Text(l reportv1.RenderBulletinRequest_Language, n int64) string {
	if English(l) {
		return humanize.Comma(n)
	}
	return strconv.FormatInt(n, 10)
}

// Money is an amount in fen as a page in the language prints it: "CNY 13,000,000", with two decimals if it is not whole,
// or 1300.00万元, rounded to a hundredth of 万元.
func Money(l reportv1.RenderBulletinRequest_Language, fen int64) string {
	if !English(l) {
		const hundredth = 100 * 100 // fen in 0.01 万元
		h := (fen + hundredth/2) / hundredth
		return fmt.Sprintf("%d.%02d万元", h/100, h%100)
	}
	if fen%100 == 0 {
		return "CNY " + humanize.Comma(fen/100)
	}
	return fmt.Sprintf("CNY %s.%02d", humanize.Comma(fen/100), fen%100)
}

// In is a figure in a unit, without the unit unless it is money.
func In(l reportv1.RenderBulletinRequest_Language, unit string, n int64) string {
	if unit == CNY {
		return Money(l, n)
	}
	return Text(l, n)
}

// Text words the figure as its source did: "more than 15,000", 超过15000.
func (a Qualified) Text(l reportv1.RenderBulletinRequest_Language, unit string) string {
	return qualifierText(l, a.Qualifier) + In(l, unit, a.Value)
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

// Percent prints hundredths of a percent: 1929 is 19.29%.
func Percent(hundredths int64) string {
	return fmt.Sprintf("%d.%02d%%", hundredths/100, hundredths%100)
}
