package bulletin

import (
	"fmt"
	"strings"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/services/report/internal/figure"
)

// paragraph is a numbered part of the text above the table.
type paragraph struct {
	Heading, Text string
}

// prose adds the paragraphs: one on everything that is recorded, then one for each group of figures.
func (s *sheet) prose(b *reportv1.Bulletin) {
	s.Paragraphs = append(s.Paragraphs, paragraph{s.W.number(1) + s.W.overall, strings.Join(s.whole(b), s.W.between)})
	for n, g := range b.GetGroups() {
		var group []*reportv1.Figure
		for _, f := range b.GetFigures() {
			if f.GetGroup() == g.GetId() {
				group = append(group, f)
			}
		}
		heading := s.W.number(n+2) + s.name(g.GetDisplayName(), g.GetDisplayNameEn())
		s.Paragraphs = append(s.Paragraphs, paragraph{heading, strings.Join(s.group(group, b.GetFigures()), s.W.between)})
	}
}

// whole returns the sentences on all deliveries of the campaign.
func (s *sheet) whole(b *reportv1.Bulletin) []string {
	recorded, confirmed := b.GetRecorded(), b.GetConfirmed()
	if recorded.GetDeliveries() == 0 {
		return []string{s.W.nothingAtAll}
	}
	count := figure.Count
	out := []string{fmt.Sprintf(s.W.allRecorded, count(recorded.GetDeliveries()), count(b.GetOrganizations()), count(b.GetVillages()), s.apart(recorded, true))}
	if n := b.GetScopeVillages(); n > 0 {
		out = append(out, fmt.Sprintf(s.W.allInScope, count(n), figure.Percent((b.GetVillages()*10000+n/2)/n)))
	}
	if confirmed.GetDeliveries() == 0 {
		return append(out, s.W.noneConfirmed)
	}
	return append(out, fmt.Sprintf(s.W.allConfirmed, count(confirmed.GetDeliveries()), s.apart(confirmed, true)))
}

// group returns the sentences on the figures of a group: what was stated, then how the records compare with it. all are
// the figures of the bulletin, in which the split of a mixed figure is found.
func (s *sheet) group(figures, all []*reportv1.Figure) []string {
	var complete, partial, below, above, agreeing, empty, unstated []string
	for _, f := range figures {
		if f.GetStated() != nil {
			if incomplete(f) {
				partial = append(partial, s.statedClause(f, all))
			} else {
				complete = append(complete, s.statedClause(f, all))
			}
		}
		switch {
		case f.GetRecorded() == nil:
		case f.GetStated() == nil:
			unstated = append(unstated, s.recordedClause(f))
		case f.GetAgreement() == reportv1.Figure_BELOW && nothing(f.GetRecorded()):
			empty = append(empty, s.indicator(f))
		case f.GetAgreement() == reportv1.Figure_BELOW:
			below = append(below, s.recordedClause(f))
		case f.GetAgreement() == reportv1.Figure_ABOVE:
			above = append(above, s.recordedClause(f))
		case f.GetAgreement() == reportv1.Figure_AGREES:
			agreeing = append(agreeing, s.indicator(f))
		}
	}
	var out []string
	for _, sentence := range []struct {
		pattern, separator string
		parts              []string
	}{
		{s.W.statedAre, s.W.clauses, complete},
		{s.W.partlyStated, s.W.clauses, partial},
		{s.W.recordedOnly, s.W.clauses, unstated},
		{s.W.recordedBelow, s.W.clauses, below},
		{s.W.recordedAbove, s.W.clauses, above},
		{s.W.recordedAgrees, s.W.names, agreeing},
		{s.W.recordedNone, s.W.names, empty},
	} {
		if len(sentence.parts) > 0 {
			out = append(out, fmt.Sprintf(sentence.pattern, strings.Join(sentence.parts, sentence.separator)))
		}
	}
	if len(out) == 0 {
		return []string{s.W.noFigures}
	}
	return out
}

// nothing reports whether an amount is zero in every measure.
func nothing(a *reportv1.Amount) bool {
	return a.GetValue() == 0 && a.GetCashFen() == 0 && a.GetGoodsFen() == 0 && a.GetServiceFen() == 0
}

func (s *sheet) indicator(f *reportv1.Figure) string {
	return s.name(f.GetDisplayName(), f.GetDisplayNameEn())
}

// statedClause returns the stated figure of an indicator, and of a figure that may contain all three measures, what of
// it is which.
func (s *sheet) statedClause(f *reportv1.Figure, all []*reportv1.Figure) string {
	st := f.GetStated()
	text := s.clause(f, figure.Qualified{Value: st.GetValue(), Qualifier: st.GetQualifier()})
	if !mayBeMixed(f) {
		return text
	}
	parts, ok := statedParts(f, all)
	if !ok {
		return text + s.W.notSplit
	}
	names := []string{s.W.cash, s.W.goods, s.W.service}
	for i, p := range parts {
		names[i] = fmt.Sprintf(s.W.measure, names[i], inSentence(s.language, p, figure.CNY, ""))
	}
	return text + fmt.Sprintf(s.W.ofWhich, strings.Join(names, s.W.measures))
}

// recordedClause returns the recorded figure of an indicator. The measures of a figure that may contain all three are
// not added up.
func (s *sheet) recordedClause(f *reportv1.Figure) string {
	if mayBeMixed(f) && !nothing(f.GetRecorded()) {
		return fmt.Sprintf(s.W.apart, s.indicator(f), s.apart(f.GetRecorded(), false))
	}
	return s.clause(f, figure.Qualified{Value: f.GetRecorded().GetValue(), Qualifier: reportv1.Statement_EXACT})
}

// clause returns an indicator with a figure: 复明手术1459例, "1,459 sight-restoring operations".
func (s *sheet) clause(f *reportv1.Figure, q figure.Qualified) string {
	name, value := s.indicator(f), inSentence(s.language, q, f.GetUnit(), s.unitOf(f))
	switch {
	case figure.English(s.language) && f.GetUnit() == figure.CNY:
		return value + " in " + name
	case figure.English(s.language):
		return value + " " + name
	case name != "" && name[len(name)-1] < 0x80 && value[0] < 0x80: // such as 目标2 and 30户
		return name + "：" + value
	default:
		return name + value
	}
}

// unitOf returns the name of the unit of an indicator, which for money is not scaled.
func (s *sheet) unitOf(f *reportv1.Figure) string { return s.name(f.GetUnitZh(), f.GetUnit()) }

// apart returns the measures of an amount side by side. Without whole, it leaves out those that are zero.
func (s *sheet) apart(a *reportv1.Amount, whole bool) string {
	var out []string
	for _, m := range []struct {
		name string
		fen  int64
	}{{s.W.cash, a.GetCashFen()}, {s.W.goods, a.GetGoodsFen()}, {s.W.service, a.GetServiceFen()}} {
		if whole || m.fen != 0 {
			exact := figure.Qualified{Value: m.fen, Qualifier: reportv1.Statement_EXACT}
			out = append(out, fmt.Sprintf(s.W.measure, m.name, inSentence(s.language, exact, figure.CNY, "")))
		}
	}
	return strings.Join(out, s.W.measures)
}

// mayBeMixed reports whether the amount of a figure may contain several measures.
func mayBeMixed(f *reportv1.Figure) bool {
	return f.GetKind() == actionv1.Indicator_MIXED_VALUE || f.GetKind() == actionv1.Indicator_UNSTATED_VALUE
}
