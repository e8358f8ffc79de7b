package figure

import (
	"math/big"

	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
)

// CNY is the unit whose figures are kept in fen.
const CNY = "CNY"

// Source is everything that a campaign's figures are computed from.
type Source struct {
	Campaign *actionv1.Campaign
	Totals   Totals
	Scope    Scope
	// Stated is the newest statement of each indicator.
	Stated map[string]*reportv1.Statement
}

// Figures are the figures of all indicators of the campaign, in the campaign's order.
func Figures(s Source) []*reportv1.Figure {
	out := make([]*reportv1.Figure, 0, len(s.Campaign.GetIndicators()))
	for _, i := range s.Campaign.GetIndicators() {
		out = append(out, s.figure(i))
	}
	return out
}

func (s Source) figure(i *actionv1.Indicator) *reportv1.Figure {
	f := &reportv1.Figure{
		Indicator: i.GetId(), Group: i.GetGroup(), DisplayName: i.GetDisplayName(), DisplayNameEn: i.GetDisplayNameEn(),
		Unit: i.GetUnit(), UnitZh: i.GetUnitZh(), Kind: i.GetKind(), Basis: i.GetBasis(),
	}
	if slice, ok := SliceOf(i); ok {
		r := s.Totals.Reach[slice]
		f.Organizations, f.Villages = r.Organizations, r.Villages
		f.Recorded, f.Confirmed = Amounts(i, s.Totals)
	} else if n, ok := s.counted(i.GetBasis()); ok {
		f.Recorded = &reportv1.Amount{Value: n}
	}
	f.Stated = s.Stated[i.GetId()]
	compare(f)
	return f
}

// Amounts are what is recorded and what is confirmed of an indicator that SliceOf knows.
func Amounts(i *actionv1.Indicator, t Totals) (recorded, confirmed *reportv1.Amount) {
	slice, _ := SliceOf(i)
	recorded, confirmed = sum(i, slice, t.Cells, Recorded), sum(i, slice, t.Cells, Confirmed)
	if OfOrganizations(i) {
		recorded.Value, confirmed.Value = t.Reach[slice].Organizations, t.Reach[slice].ConfirmedOrganizations
	}
	return recorded, confirmed
}

// AmountOf is what one delivery adds to an indicator's figure. For distinct organizations its value is 0: which of an
// organization's deliveries counts for it depends on the others.
func AmountOf(i *actionv1.Indicator, m actionv1.Delivery_Measure, s Sum) *reportv1.Amount {
	a := &reportv1.Amount{}
	if slice, _ := SliceOf(i); slice == OfProvinces {
		return a
	}
	Add(a, m, s)
	a.Value = value(i, s)
	return a
}

func sum(i *actionv1.Indicator, slice Slice, cells []Cell, pick func(Cell) Sum) *reportv1.Amount {
	a := &reportv1.Amount{}
	for _, c := range cells {
		if c.in(slice) {
			Add(a, c.Measure, pick(c))
			a.Value += value(i, pick(c))
		}
	}
	return a
}

func value(i *actionv1.Indicator, s Sum) int64 {
	switch {
	case i.GetKind() == actionv1.Indicator_MIXED_VALUE, OfOrganizations(i):
		return 0
	case i.GetUnit() == CNY:
		return s.Fen
	default:
		return s.Quantity
	}
}

// counted is the recorded figure of a basis that is counted from the campaign and its scope.
func (s Source) counted(b actionv1.Indicator_Basis) (int64, bool) {
	switch b {
	case actionv1.Indicator_SCOPE_VILLAGES:
		return s.Scope.Villages, true
	case actionv1.Indicator_SCOPE_COUNTIES:
		return s.Scope.Counties, true
	case actionv1.Indicator_SCOPE_PREFECTURES:
		return s.Scope.Prefectures, true
	case actionv1.Indicator_ACTIONS:
		return int64(len(s.Campaign.GetActions())), true
	default:
		return 0, false
	}
}

// compare fills in how the recorded figure stands to the stated one. A mixed figure is compared by the sum of its three
// measures, because that is what its source stated; the sum itself is shown nowhere.
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

// itemisedShare is recorded over stated in hundredths of a percent, rounded half up.
func itemisedShare(recorded, stated int64) *int64 {
	if stated == 0 {
		return nil
	}
	n := new(big.Int).Mul(big.NewInt(recorded), big.NewInt(20000))
	n.Add(n, big.NewInt(stated)).Div(n, new(big.Int).Mul(big.NewInt(stated), big.NewInt(2)))
	if !n.IsInt64() {
		return nil // a stated 1 fen beside all the money there is; no share worth printing
	}
	return proto.Int64(n.Int64())
}
