package figure

import (
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/services/report/internal/facts"
)

// Cell is the sum of deliveries with the same action, indicator and measure.
type Cell struct {
	Action, Indicator string
	Measure           facts.Measure
	Recorded          Sum
	Confirmed         Sum // part of Recorded
}

// Sum is the total of a set of deliveries. Fen are of one measure.
type Sum struct {
	Deliveries, Quantity, Fen int64
}

// Plus adds two sums of one measure.
func (s Sum) Plus(t Sum) Sum {
	return Sum{s.Deliveries + t.Deliveries, s.Quantity + t.Quantity, s.Fen + t.Fen}
}

// Reach is the number of different organizations and villages of a set of deliveries.
type Reach struct {
	Organizations, Villages int64
}

// Add adds a sum to an amount without a unit. It leaves the value at 0, since quantities of different units cannot be
// added.
func Add(a *reportv1.Amount, m facts.Measure, s Sum) {
	a.Deliveries += s.Deliveries
	switch m {
	case facts.Cash:
		a.CashFen += s.Fen
	case facts.Goods:
		a.GoodsFen += s.Fen
	case facts.Services:
		a.ServiceFen += s.Fen
	default: // facts without a value
	}
}
