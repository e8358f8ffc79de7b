package figure

import (
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/services/report/internal/facts"
)

// Cell is the sum of deliveries that are alike in action, indicator and measure.
type Cell struct {
	Action, Indicator string
	Measure           facts.Measure
	Recorded          Sum
	Confirmed         Sum // part of Recorded
}

// Sum is what a number of deliveries adds up to. Fen are of the one measure of the cell.
type Sum struct {
	Deliveries, Quantity, Fen int64
}

// Plus adds two sums of one measure.
func (s Sum) Plus(t Sum) Sum {
	return Sum{s.Deliveries + t.Deliveries, s.Quantity + t.Quantity, s.Fen + t.Fen}
}

// Reach is how many different organizations and villages stand behind some deliveries.
type Reach struct {
	Organizations, Villages int64
}

// Add puts a sum into an amount that has no unit: its value stays 0, since quantities of different units are not added.
func Add(a *reportv1.Amount, m facts.Measure, s Sum) {
	a.Deliveries += s.Deliveries
	switch m {
	case facts.Cash:
		a.CashFen += s.Fen
	case facts.Goods:
		a.GoodsFen += s.Fen
	case facts.Services:
		a.ServiceFen += s.Fen
	default: // no value
	}
}
