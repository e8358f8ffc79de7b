package figure

import (
	"testing"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
)

const (
	exact    = reportv1.Statement_EXACT
	moreThan = reportv1.Statement_MORE_THAN
	nearly   = reportv1.Statement_NEARLY
	about    = reportv1.Statement_ABOUT
	atLeast  = reportv1.Statement_AT_LEAST
)

func TestARecordedFigureAgreesWithAStatedOneAsItsQualifierSays(t *testing.T) {
	const (
		below  = reportv1.Figure_BELOW
		agrees = reportv1.Figure_AGREES
		above  = reportv1.Figure_ABOVE
	)
	for _, c := range []struct {
		name     string
		stated   Qualified
		whole    int64
		recorded int64
		want     reportv1.Figure_Agreement
	}{
		{"1,459 operations and one less", Qualified{1459, exact}, 1, 1458, below},
		{"1,459 operations as they are", Qualified{1459, exact}, 1, 1459, agrees},
		{"1,459 operations and one more", Qualified{1459, exact}, 1, 1460, above},
		{"more than 15,000 is not 15,000", Qualified{15000, moreThan}, 1, 15000, below},
		{"more than 15,000 begins at 15,001", Qualified{15000, moreThan}, 1, 15001, agrees},
		{"more than 15,000 ends below 16,000", Qualified{15000, moreThan}, 1, 15999, agrees},
		{"16,000 would have been called 16,000", Qualified{15000, moreThan}, 1, 16000, above},
		{"more than 260 is below 270", Qualified{260, moreThan}, 1, 269, agrees},
		{"14.5 million of goods exceed a headline of more than 13 million", Qualified{1300000000, moreThan}, 100, 1450000000, above},
		{"13.9 million of goods do not", Qualified{1300000000, moreThan}, 100, 1390000000, agrees},
		{"more than 753 has no rounded place", Qualified{753, moreThan}, 1, 5000, agrees},
		{"more than CNY 753 has none either", Qualified{75300, moreThan}, 100, 500000, agrees},
		{"nearly 400,000 falls short", Qualified{400000, nearly}, 1, 385000, agrees},
		{"nearly 400,000 is not 400,000", Qualified{400000, nearly}, 1, 400000, above},
		{"nearly 400,000 is not 300,000", Qualified{400000, nearly}, 1, 300000, below},
		{"nearly 5 is 4", Qualified{5, nearly}, 1, 4, agrees},
		{"about 100 is 90", Qualified{100, about}, 1, 90, agrees},
		{"about 100 is 110", Qualified{100, about}, 1, 110, agrees},
		{"about 100 is not 111", Qualified{100, about}, 1, 111, above},
		{"at least 50 is 50", Qualified{50, atLeast}, 1, 50, agrees},
		{"at least 50 is a million", Qualified{50, atLeast}, 1, 1000000, agrees},
		{"at least 50 is not 49", Qualified{50, atLeast}, 1, 49, below},
		{"no qualifier compares with nothing", Qualified{50, 0}, 1, 50, reportv1.Figure_AGREEMENT_UNSPECIFIED},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := AgreementOf(c.stated, c.recorded, c.whole); got != c.want {
				t.Errorf("AgreementOf(%v, %d) = %v, want %v", c.stated, c.recorded, got, c.want)
			}
		})
	}
}

func TestASumPromisesNoMoreThanItsParts(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b Qualified
		want Qualified
	}{
		{"exact and more than", Qualified{580000, exact}, Qualified{7, moreThan}, Qualified{580007, moreThan}},
		{"7 + 13 million", Qualified{7, moreThan}, Qualified{13, moreThan}, Qualified{20, moreThan}},
		{"two at least", Qualified{1, atLeast}, Qualified{2, atLeast}, Qualified{3, atLeast}},
		{"one strict excess makes the sum strict", Qualified{1, atLeast}, Qualified{2, moreThan}, Qualified{3, moreThan}},
		{"two nearly", Qualified{1, nearly}, Qualified{2, nearly}, Qualified{3, nearly}},
		{"one short, one over", Qualified{1, nearly}, Qualified{2, moreThan}, Qualified{3, about}},
		{"about stays about", Qualified{1, about}, Qualified{2, exact}, Qualified{3, about}},
		{"an unknown promise stays unknown", Qualified{1, 0}, Qualified{2, exact}, Qualified{3, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.a.Plus(c.b); got != c.want {
				t.Errorf("%v + %v = %v, want %v", c.a, c.b, got, c.want)
			}
		})
	}
}

func TestASumDependsOnNeitherOrderNorGrouping(t *testing.T) {
	all := []reportv1.Statement_Qualifier{0, exact, moreThan, nearly, about, atLeast}
	for _, a := range all {
		for _, b := range all {
			for _, c := range all {
				x, y, z := Qualified{1, a}, Qualified{2, b}, Qualified{3, c}
				if x.Plus(y) != y.Plus(x) {
					t.Errorf("%v + %v depends on the order", a, b)
				}
				if x.Plus(y).Plus(z) != x.Plus(y.Plus(z)) {
					t.Errorf("%v + %v + %v depends on the grouping", a, b, c)
				}
			}
		}
	}
}
