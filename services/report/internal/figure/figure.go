package figure

import (
	"math/big"

	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/services/report/internal/facts"
)

// CNY is the unit of amounts of money. Their figures are stored in fen.
const CNY = "CNY"

// Source contains everything from which a campaign's figures are computed.
type Source struct {
	Campaign *actionv1.Campaign
	// Answers are the recorded figures by indicator. An indicator that is only stated has no entry.
	Answers map[string]Answer
	// Stated is the newest statement of each indicator, by indicator.
	Stated map[string]*reportv1.Statement
}

// Answer is the recorded figure of an indicator.
type Answer struct {
	Recorded *reportv1.Amount
	// Confirmed is nil if the figure cannot be confirmed.
	Confirmed     *reportv1.Amount
	Organizations int64
	// Villages is nil if the figure does not count villages.
	Villages *int64
}

// Figures returns the figures of all indicators of the campaign, in the campaign's order.
func Figures(s Source) []*reportv1.Figure {
	out := make([]*reportv1.Figure, 0, len(s.Campaign.GetIndicators()))
	for _, i := range s.Campaign.GetIndicators() {
		out = append(out, s.figure(i))
	}
	return out
}

func (s Source) figure(i *actionv1.Indicator) *reportv1.Figure {
	answer := s.Answers[i.GetId()]
	f := &reportv1.Figure{
		Indicator: i.GetId(), Group: i.GetGroup(), DisplayName: i.GetDisplayName(), DisplayNameEn: i.GetDisplayNameEn(),
		Unit: i.GetUnit(), UnitZh: i.GetUnitZh(), Kind: i.GetKind(), Formula: i.GetFormula(),
		Recorded: answer.Recorded, Confirmed: answer.Confirmed, Organizations: answer.Organizations, Villages: answer.Villages,
		Stated: s.Stated[i.GetId()],
	}
	compare(f)
	return f
}

// Part adds facts of one measure to the amount of an indicator. It leaves the value of a distinct count unchanged,
// since such a count is not a sum.
func Part(a *reportv1.Amount, i *actionv1.Indicator, of facts.Of, m facts.Measure, s Sum) {
	Add(a, m, s)
	switch {
	case i.GetKind() == actionv1.Indicator_MIXED_VALUE, of == facts.Distinct:
	case of == facts.Fen:
		a.Value += s.Fen
	case of == facts.Quantity:
		a.Value += s.Quantity
	default:
		a.Value += s.Deliveries
	}
}

// compare sets the agreement and the itemised share of a figure. A mixed figure is compared by the sum of its three
// measures, because its source stated that sum. The sum itself is never shown.
func compare(f *reportv1.Figure) {
	if f.GetRecorded() == nil || f.GetStated() == nil {
		return
	}
	recorded, whole := f.GetRecorded().GetValue(), int64(1)
	if f.GetUnit() == CNY {
		whole = 100
	}
	if f.GetKind() == actionv1.Indicator_MIXED_VALUE {
		recorded = f.GetRecorded().GetCashFen() + f.GetRecorded().GetGoodsFen() + f.GetRecorded().GetServiceFen()
	}
	stated := f.GetStated()
	f.ItemisedShare = itemisedShare(recorded, stated.GetValue())
	f.Agreement = AgreementOf(Qualified{stated.GetValue(), stated.GetQualifier()}, recorded, whole)
}

// itemisedShare returns recorded over stated in hundredths of a percent, rounded half up.
func itemisedShare(recorded, stated int64) *int64 {
	if stated == 0 {
		return nil
	}
	n := new(big.Int).Mul(big.NewInt(recorded), big.NewInt(20000))
	n.Add(n, big.NewInt(stated)).Div(n, new(big.Int).Mul(big.NewInt(stated), big.NewInt(2)))
	if !n.IsInt64() {
		return nil // the share overflows, such as for 1 stated fen; it has no meaning
	}
	return proto.Int64(n.Int64())
}
