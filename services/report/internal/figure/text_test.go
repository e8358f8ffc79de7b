package figure

import (
	"testing"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
)

const zh, en = reportv1.RenderBulletinRequest_CHINESE, reportv1.RenderBulletinRequest_ENGLISH

func TestAFigureIsWordedAsItsReadersExpect(t *testing.T) {
	for _, c := range []struct {
		figure Qualified
		unit   string
		zh, en string
	}{
		{Qualified{0, exact}, "operation", "0", "0"},
		{Qualified{753, exact}, "household", "753", "753"},
		{Qualified{1459, exact}, "operation", "1,459", "1,459"},
		{Qualified{15000, moreThan}, "person", "超过15,000", "more than 15,000"},
		{Qualified{10000, moreThan}, "copy", "超过1万", "more than 10,000"},
		{Qualified{400000, nearly}, "person/household", "近40万", "nearly 400,000"},
		{Qualified{50000, exact}, "household", "5万", "50,000"},
		{Qualified{1234567, exact}, "person", "1,234,567", "1,234,567"},
		{Qualified{12340000, about}, "person", "约1,234万", "about 12,340,000"},
		{Qualified{300000000, nearly}, "person", "近3亿", "nearly 300,000,000"},
		{Qualified{10, about}, "session", "约10", "about 10"},
		{Qualified{10, atLeast}, "session", "至少10", "at least 10"},
		{Qualified{1300000000, moreThan}, CNY, "超过1,300", "more than 13,000,000"},
		{Qualified{30000000000, moreThan}, CNY, "超过30,000", "more than 300,000,000"},
		{Qualified{76500000, exact}, CNY, "76.5", "765,000"},
		{Qualified{58000000, exact}, CNY, "58", "580,000"},
		{Qualified{123456, exact}, CNY, "0.12", "1,234.56"},
		{Qualified{123450, exact}, CNY, "0.12", "1,234.50"},
		{Qualified{15000, exact}, CNY, "0.02", "150"},
		{Qualified{100, exact}, CNY, "不足0.01", "1"},
		{Qualified{0, exact}, CNY, "0", "0"},
	} {
		if got := c.figure.Text(zh, c.unit); got != c.zh {
			t.Errorf("%v in Chinese = %q, want %q", c.figure, got, c.zh)
		}
		if got := c.figure.Text(en, c.unit); got != c.en {
			t.Errorf("%v in English = %q, want %q", c.figure, got, c.en)
		}
	}
}

func TestMoneyInASentenceHasItsUnitOnce(t *testing.T) {
	sum := Qualified{5000000000, moreThan}
	if got := sum.MoneyText(zh); got != "超过5,000万元" {
		t.Errorf("in Chinese %q", got)
	}
	if got := sum.MoneyText(en); got != "more than CNY 50,000,000" {
		t.Errorf("in English %q", got)
	}
}

func TestSharesArePrintedWithoutZerosThatSayNothing(t *testing.T) {
	for h, want := range map[int64]string{0: "0%", 5: "0.05%", 1929: "19.29%", 1920: "19.2%", 10000: "100%", 10100: "101%", 12345678: "123,456.78%"} {
		if got := Percent(h); got != want {
			t.Errorf("Percent(%d) = %q, want %q", h, got, want)
		}
	}
}
