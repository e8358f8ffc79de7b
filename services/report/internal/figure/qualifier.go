package figure

import (
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
)

// Qualified is a figure as a source words it: "more than 15,000".
type Qualified struct {
	Value     int64
	Qualifier reportv1.Statement_Qualifier
}

// Plus adds two figures of one unit. The sum promises no more than its parts do together: an exact figure and one that
// is "more than" are "more than"; one that falls short and one that exceeds leave only "about". The order and grouping
// of a longer sum make no difference, and an exact 0 changes nothing.
func (a Qualified) Plus(b Qualified) Qualified {
	return Qualified{Value: a.Value + b.Value, Qualifier: weaker(a.Qualifier, b.Qualifier)}
}

// weaker is the join of EXACT < AT_LEAST < MORE_THAN < ABOUT and EXACT < NEARLY < ABOUT. MORE_THAN stands above
// AT_LEAST because a sum with one strict excess is a strict excess.
func weaker(a, b reportv1.Statement_Qualifier) reportv1.Statement_Qualifier {
	none := reportv1.Statement_QUALIFIER_UNSPECIFIED
	switch {
	case a == none || b == none:
		return none
	case a == b || b == reportv1.Statement_EXACT:
		return a
	case a == reportv1.Statement_EXACT:
		return b
	case exceeds(a) && exceeds(b):
		return reportv1.Statement_MORE_THAN
	default:
		return reportv1.Statement_ABOUT
	}
}

func exceeds(q reportv1.Statement_Qualifier) bool {
	return q == reportv1.Statement_MORE_THAN || q == reportv1.Statement_AT_LEAST
}

// AgreementOf says how a recorded figure stands to a stated one. whole is 1, or 100 if the two are fen and speak of
// whole CNY. A statement covers
//
//   - EXACT: the figure alone;
//   - MORE_THAN (多, 余): what lies above the figure but below its next step, the step being the place of the last digit
//     that is not zero. "More than 15,000" covers 15,001 to 15,999 and "more than 260" 261 to 269: a source that had
//     counted 16,000 would have said so. A figure without a rounded place, such as 753, has no such bound;
//   - AT_LEAST (至少, 以上): the figure and everything above it;
//   - NEARLY (近): what falls short of the figure by at most a tenth of it;
//   - ABOUT (约): what differs from the figure by at most a tenth of it.
func AgreementOf(stated Qualified, recorded, whole int64) reportv1.Figure_Agreement {
	low, high, ok := stated.covers(whole)
	switch {
	case !ok:
		return reportv1.Figure_AGREEMENT_UNSPECIFIED
	case recorded < low:
		return reportv1.Figure_BELOW
	case recorded > high:
		return reportv1.Figure_ABOVE
	default:
		return reportv1.Figure_AGREES
	}
}

// unbounded is above any figure: statements end at 1e15.
const unbounded = int64(1) << 62

// covers is the closed range of figures that fit the statement; false if it has no qualifier.
func (a Qualified) covers(whole int64) (low, high int64, ok bool) {
	v, tenth := a.Value, max(a.Value/10, 1)
	switch a.Qualifier {
	case reportv1.Statement_EXACT:
		return v, v, true
	case reportv1.Statement_MORE_THAN:
		if step := lastStep(v); step > whole {
			return v + 1, v + step - 1, true
		}
		return v + 1, unbounded, true
	case reportv1.Statement_AT_LEAST:
		return v, unbounded, true
	case reportv1.Statement_NEARLY:
		return v - tenth, v - 1, true
	case reportv1.Statement_ABOUT:
		return v - tenth, v + tenth, true
	default:
		return 0, 0, false
	}
}

// lastStep is the place value of the last digit of v that is not zero; 1 for v = 0.
func lastStep(v int64) int64 {
	step := int64(1)
	for v != 0 && v%10 == 0 {
		v /= 10
		step *= 10
	}
	return step
}
