package bulletin

import (
	"testing"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/services/report/internal/figure"
)

func TestNumbersInSentencesAreWordedAsPeopleWriteThem(t *testing.T) {
	const (
		about   = reportv1.Statement_ABOUT
		atLeast = reportv1.Statement_AT_LEAST
		cny     = figure.CNY
	)
	for _, c := range []struct {
		value       int64
		qualifier   reportv1.Statement_Qualifier
		unit, unitZ string
		zh, en      string
	}{
		{0, exact, "person", "人", "0人", "0"},
		{6, exact, "person", "人", "6人", "6"},
		{1459, exact, "operation", "例", "1459例", "1,459"},
		{9999, exact, "person", "人", "9999人", "9,999"},
		{12345, exact, "person", "人", "12,345人", "12,345"},
		{15000, exact, "person", "人", "1.5万人", "15,000"},
		{12300, exact, "person", "人", "1.23万人", "12,300"},
		{50000, exact, "household", "户", "5万户", "50,000"},
		{1234567, exact, "person", "人", "1,234,567人", "1,234,567"},
		{1234500, exact, "person", "人", "123.45万人", "1,234,500"},
		{1345000, exact, "person", "人", "134.5万人", "1.345 million"},
		{300000000, exact, "person", "人", "3亿人", "300 million"},
		{1230000000, exact, "person", "人", "12.3亿人", "1.23 billion"},
		{123450000, exact, "person", "人", "12,345万人", "123.45 million"},

		{40, moreThan, "session", "场", "40余场", "more than 40"},
		{260, moreThan, "branch", "个", "260余个", "more than 260"},
		{1000, moreThan, "person", "名", "1000余名", "more than 1,000"},
		{753, moreThan, "household", "户", "超过753户", "more than 753"},
		{5, moreThan, "person", "人", "超过5人", "more than 5"},
		{0, moreThan, "person", "人", "超过0人", "more than 0"},
		{10000, moreThan, "copy", "份", "1万多份", "more than 10,000"},
		{15000, moreThan, "person", "人", "1.5万多人", "more than 15,000"},
		{23000, moreThan, "person", "人", "2.3万多人", "more than 23,000"},
		{200000, moreThan, "person", "人", "20余万人", "more than 200,000"},
		{230000, moreThan, "person", "人", "23万多人", "more than 230,000"},
		{400000, nearly, "person/household", "人(户)", "近40万人(户)", "nearly 400,000"},
		{100, about, "session", "场", "约100场", "about 100"},
		{50, atLeast, "session", "场", "不少于50场", "at least 50"},
		{7000000, nearly, "person", "人", "近700万人", "nearly 7 million"},

		{7_000_000_00, moreThan, cny, "元", "700余万元", "more than CNY 7 million"},
		{13_000_000_00, moreThan, cny, "元", "1300余万元", "more than CNY 13 million"},
		{300_000_00, moreThan, cny, "元", "30余万元", "more than CNY 300,000"},
		{300_000_000_00, moreThan, cny, "元", "3亿多元", "more than CNY 300 million"},
		{50_000_00, moreThan, cny, "元", "5万多元", "more than CNY 50,000"},
		{580_000_00, exact, cny, "元", "58万元", "CNY 580,000"},
		{765_000_00, exact, cny, "元", "76.5万元", "CNY 765,000"},
		{1_345_000_00, exact, cny, "元", "134.5万元", "CNY 1.345 million"},
		{13_700_001_50, exact, cny, "元", "1370万元", "CNY 13,700,001.50"},
		{123_456_789_00, exact, cny, "元", "12,345.68万元", "CNY 123,456,789"},
		{120_000_000_00, exact, cny, "元", "1.2亿元", "CNY 120 million"},
		{800_00, exact, cny, "元", "800元", "CNY 800"},
		{800_50, exact, cny, "元", "800.50元", "CNY 800.50"},
		{9_999_99, exact, cny, "元", "9999.99元", "CNY 9,999.99"},
		{0, exact, cny, "元", "0元", "CNY 0"},
		{1, exact, cny, "元", "0.01元", "CNY 0.01"},
	} {
		q := figure.Qualified{Value: c.value, Qualifier: c.qualifier}
		if got := inSentence(reportv1.RenderBulletinRequest_CHINESE, q, c.unit, c.unitZ); got != c.zh {
			t.Errorf("%v in Chinese = %q, want %q", q, got, c.zh)
		}
		if got := inSentence(reportv1.RenderBulletinRequest_ENGLISH, q, c.unit, c.unit); got != c.en {
			t.Errorf("%v in English = %q, want %q", q, got, c.en)
		}
	}
}
