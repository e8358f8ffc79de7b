package figure

import (
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
)

// Totals is what is recorded in a campaign, or in a part of it.
type Totals struct {
	// Cells are the sums, each of deliveries alike in action, indicator and measure.
	Cells []Cell
	// Reach counts organizations and villages by slice; a slice that is absent reached none.
	Reach map[Slice]Reach
}

// Cell is the sum of deliveries that are alike in action, indicator and measure.
type Cell struct {
	Action, Indicator string
	Measure           actionv1.Delivery_Measure
	Recorded          Sum
	Confirmed         Sum // part of Recorded
}

// Sum is what a number of deliveries adds up to. Fen are of the one measure of the cell.
type Sum struct {
	Deliveries, Quantity, Fen int64
}

// Reach is how many different organizations and villages stand behind some deliveries.
type Reach struct {
	Organizations, Villages                   int64
	ConfirmedOrganizations, ConfirmedVillages int64
}

// Scope is how large a campaign's scope is on the last day that counts.
type Scope struct {
	Villages, Counties, Prefectures int64
}

// Recorded and Confirmed pick a sum of a cell.
func Recorded(c Cell) Sum { return c.Recorded }

// Confirmed picks the part that villages confirmed.
func Confirmed(c Cell) Sum { return c.Confirmed }

// Add puts a cell into an amount that has no unit: its value stays 0, since quantities of different units are not added.
func Add(a *reportv1.Amount, m actionv1.Delivery_Measure, s Sum) {
	a.Deliveries += s.Deliveries
	switch m {
	case actionv1.Delivery_CASH:
		a.CashFen += s.Fen
	case actionv1.Delivery_GOODS:
		a.GoodsFen += s.Fen
	case actionv1.Delivery_SERVICE:
		a.ServiceFen += s.Fen
	default: // no value
	}
}

// Whole adds up cells of any unit, for headings that have none.
func (t Totals) Whole(pick func(Cell) Sum) *reportv1.Amount {
	a := &reportv1.Amount{}
	for _, c := range t.Cells {
		Add(a, c.Measure, pick(c))
	}
	return a
}
