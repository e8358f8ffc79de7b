package bulletin

import (
	"fmt"
	"strings"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/services/report/internal/figure"
)

// number is a figure as a sentence has it: in Chinese 1.5万 or 3亿, in English 7 million. Tables have all digits.
type number struct {
	hundredths int64 // of the scale; in sentences, a number of a scale has two decimals at most
	scale      string
}

const (
	wan = 1_0000
	yi  = 1_0000_0000
)

// countIn returns a count in Chinese. It is scaled if that loses no digit: 15,000 is 1.5万, and 12,345 stays as it is.
func countInChinese(n int64) number {
	switch {
	case n >= yi && n%(yi/100) == 0:
		return number{n / (yi / 100), "亿"}
	case n >= wan && n%(wan/100) == 0:
		return number{n / (wan / 100), "万"}
	default:
		return number{n * 100, ""}
	}
}

// moneyInChinese returns an amount in fen as a number of 元. From 10,000 元 on, it is rounded to hundredths of 万, as in
// the table.
func moneyInChinese(fen int64) number {
	const hundredthOfWan = wan // in fen
	if fen < wan*100 {
		return number{fen, ""}
	}
	h := (fen + hundredthOfWan/2) / hundredthOfWan
	if h >= yi/100 && h%wan == 0 {
		return number{h / wan, "亿"}
	}
	return number{h, "万"}
}

// digits formats the number without its scale. A number of up to four digits has no separator, as is usual in Chinese
// documents.
func (n number) digits() string {
	whole, rest := n.hundredths/100, n.hundredths%100
	text := fmt.Sprint(whole)
	if whole >= wan {
		text = figure.Count(whole)
	}
	if rest == 0 {
		return text
	}
	text = fmt.Sprintf("%s.%02d", text, rest)
	if n.scale == "" {
		return text // 元 and 分
	}
	return strings.TrimRight(text, "0")
}

// inChinese formats a number with its qualifier. 余 follows a number of tens and precedes the scale (700余万); otherwise 多
// follows the scale (1.5万多). A number without either, such as 753, is 超过753.
func (n number) inChinese(q reportv1.Statement_Qualifier) string {
	switch q {
	case reportv1.Statement_MORE_THAN:
		switch {
		case n.hundredths >= 1000 && n.hundredths%1000 == 0:
			return n.digits() + "余" + n.scale
		case n.scale != "":
			return n.digits() + n.scale + "多"
		default:
			return "超过" + n.digits()
		}
	case reportv1.Statement_NEARLY:
		return "近" + n.digits() + n.scale
	case reportv1.Statement_ABOUT:
		return "约" + n.digits() + n.scale
	case reportv1.Statement_AT_LEAST:
		return "不少于" + n.digits() + n.scale
	default:
		return n.digits() + n.scale
	}
}

// inEnglish formats a whole number: 7 million, 1.345 million, 300 million, 580,000. A number is scaled if it then has at
// most three decimals.
func inEnglish(n int64) string {
	const million = 1_000_000
	for _, s := range []struct {
		unit int64
		name string
	}{{1000 * million, "billion"}, {million, "million"}} {
		if n >= s.unit && n%(s.unit/1000) == 0 {
			text := fmt.Sprintf("%s.%03d", figure.Count(n/s.unit), n%s.unit/(s.unit/1000))
			return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + " " + s.name
		}
	}
	return figure.Count(n)
}

// moneyInEnglish formats an amount in fen: CNY 7 million, CNY 1,234.50.
func moneyInEnglish(fen int64) string {
	if fen%100 == 0 {
		return figure.CNY + " " + inEnglish(fen/100)
	}
	return figure.CNY + " " + figure.Money(reportv1.RenderBulletinRequest_ENGLISH, fen)
}

// inSentence formats a figure with its qualifier and its unit for a sentence. unit is the unit of the figure, and
// unitName its name in the language. In English, a count has no unit, since the name of the indicator follows.
func inSentence(l reportv1.RenderBulletinRequest_Language, q figure.Qualified, unit, unitName string) string {
	money := unit == figure.CNY
	switch {
	case figure.English(l) && money:
		return figure.QualifierText(l, q.Qualifier) + moneyInEnglish(q.Value)
	case figure.English(l):
		return figure.QualifierText(l, q.Qualifier) + inEnglish(q.Value)
	case money:
		return moneyInChinese(q.Value).inChinese(q.Qualifier) + "元"
	default:
		return countInChinese(q.Value).inChinese(q.Qualifier) + unitName
	}
}
