package figure

import (
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
)

// Qualified is a figure with the qualifier of its source, such as "more than 15,000".
type Qualified struct {
	Value     int64
	Qualifier reportv1.Statement_Qualifier
}

// Plus adds two figures of one unit. The sum has the stronger qualifier that is true for both parts: an exact figure
// plus "more than" is "more than"; "nearly" plus "more than" is only "about". The order and the grouping of a longer
// sum do not matter, and an exact 0 changes nothing.
func (a Qualified) Plus(b Qualified) Qualified {
	return Qualified{Value: a.Value + b.Value, Qualifier: weaker(a.Qualifier, b.Qualifier)}
}

// weaker returns the join of EXACT < AT_LEAST < MORE_THAN < ABOUT and EXACT < NEARLY < ABOUT. MORE_THAN is above
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

// AgreementOf compares a recorded figure with a stated one. whole is 100 if both are amounts in fen and refer to whole
// CNY, otherwise 1. A statement covers
//
//   - EXACT: the figure alone;
//   - MORE_THAN (多, 余): everything above the figure and below its next step. The step is the place value of the last
//     digit that is not zero. "More than 15,000" covers 15,001 to 15,999 and "more than 260" covers 261 to 269: a
//     source that counted 16,000 would state 16,000. A figure without a rounded place, such as 753, has no upper
//     bound;
//   - AT_LEAST (至少, 以上): the figure and everything above it;
//   - NEARLY (近): figures below the stated one by at most a tenth of it;
//   - ABOUT (约): figures that differ from the stated one by at most a tenth of it.
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

// unbounded is greater than any figure: statements are at most 1e15.
const unbounded = int64(1) << 62

// covers returns the closed range of figures that agree with the statement, or false if it has no qualifier.
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

// lastStep returns the place value of the last digit of v that is not zero, or 1 for v = 0.
func lastStep(v int64) int64 {
	step := int64(1)
	for v != 0 && v%10 == 0 {
		v /= 10
		step *= 10
	}
	return step
}
