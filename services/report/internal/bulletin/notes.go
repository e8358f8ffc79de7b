package bulletin

import (
	"fmt"
	"slices"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/services/report/internal/figure"
)

// notes adds the notes that are shown below the tables.
func (s *sheet) notes(b *reportv1.Bulletin) {
	var sources, sums []string
	for _, f := range b.GetFigures() {
		st := f.GetStated()
		if st == nil {
			continue
		}
		if line := fmt.Sprintf(s.W.source, st.GetSource(), s.W.day(st.GetAsOf())); !slices.Contains(sources, line) {
			sources = append(sources, line)
		}
		if parts, ok := statedParts(f, b.GetFigures()); ok {
			sum := parts[0].Plus(parts[1]).Plus(parts[2])
			sums = append(sums, fmt.Sprintf(s.W.sumOf, f.GetIndicator(), sum.MoneyText(s.language)))
		}
	}
	if slices.ContainsFunc(b.GetFigures(), incomplete) {
		s.Notes = append(s.Notes, s.W.incomplete)
	}
	s.Notes = slices.Concat(s.Notes, []string{s.W.shares, s.W.agreement, s.W.mixed}, sources, sums)
}

func incomplete(f *reportv1.Figure) bool {
	return f.GetStated().GetCompleteness() == reportv1.Statement_INCOMPLETE
}

// statedParts returns the figures stated for cash, goods and services, which make up a mixed headline figure. It returns
// false if f is not such a figure or if one of the three was not stated.
func statedParts(f *reportv1.Figure, all []*reportv1.Figure) (parts [3]figure.Qualified, ok bool) {
	if f.GetKind() != actionv1.Indicator_MIXED_VALUE || !isHeadline(f) {
		return parts, false
	}
	stated := map[actionv1.Indicator_Kind]figure.Qualified{}
	for _, p := range all {
		if isHeadline(p) && p.GetStated() != nil {
			stated[p.GetKind()] = figure.Qualified{Value: p.GetStated().GetValue(), Qualifier: p.GetStated().GetQualifier()}
		}
	}
	for i, k := range []actionv1.Indicator_Kind{
		actionv1.Indicator_CASH_VALUE, actionv1.Indicator_GOODS_VALUE, actionv1.Indicator_SERVICE_VALUE,
	} {
		if parts[i], ok = stated[k]; !ok {
			return parts, false
		}
	}
	return parts, true
}

// isHeadline reports whether a figure covers all deliveries of its measure, of all indicators.
func isHeadline(f *reportv1.Figure) bool {
	of := f.GetFormula()
	return of.GetOf() == actionv1.Formula_SUM_FEN && of.GetSource() == actionv1.Formula_DELIVERIES && !of.GetNamed() && of.GetFilter() == ""
}
