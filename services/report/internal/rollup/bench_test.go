package rollup

import (
	"fmt"
	"testing"

	"google.golang.org/genproto/googleapis/type/date"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/servertest"
)

// spread returns a history like that of a real campaign: 500 organizations, 153 villages, mostly new deliveries, some
// of them confirmed.
func spread(tb testing.TB, n int) *history {
	tb.Helper()
	h := newHistory(1)
	for len(h.entries) < n {
		i := len(h.deliveries)
		if i > 0 && h.r.IntN(4) == 0 {
			i = h.r.IntN(i)
			h.deliveries[i].State = actionv1.Delivery_CONFIRMED
		} else {
			h.deliveries = append(h.deliveries, h.spreadDelivery(i))
			h.revisions = append(h.revisions, 0)
		}
		h.revisions[i]++
		h.append(tb, h.deliveries[i].GetName(), h.revisions[i], h.deliveries[i])
	}
	return h
}

func (h *history) spreadDelivery(i int) *actionv1.Delivery {
	indicator, village := h.r.IntN(25), int64(h.r.IntN(153))
	return &actionv1.Delivery{
		Name:         fmt.Sprintf("campaigns/five-actions-2019/deliveries/01920000-0000-7000-8000-%012d", i),
		Action:       fmt.Sprintf("action-%d", indicator/5),
		Indicator:    fmt.Sprintf("I%02d", indicator),
		Organization: fmt.Sprintf("organizations/514300000000000%03d", h.r.IntN(500)),
		Village:      villageName(433100000000 + village%19*1000000 + village%40*1000 + village),
		DeliveryDate: &date.Date{Year: 2019, Month: int32(8 + h.r.IntN(5)), Day: 1},
		Quantity:     int64(1 + h.r.IntN(50)), Measure: actionv1.Delivery_Measure(indicator % 4), ValueFen: int64(indicator%4) * 1000,
		State: actionv1.Delivery_RECORDED,
	}
}

// BenchmarkApply reports the entries applied per second on each available engine, in batches of several sizes.
func BenchmarkApply(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { applyInBatches(b, servertest.Database) })
	b.Run("postgres", func(b *testing.B) {
		applyInBatches(b, func(tb testing.TB) *database.DB {
			tb.Helper()
			db, err := database.Open(tb.Context(), database.Config{URL: servertest.Postgres(tb)})
			if err != nil {
				tb.Fatal(err)
			}
			tb.Cleanup(func() { _ = db.Close() })
			return db
		})
	})
}

func applyInBatches(b *testing.B, open func(testing.TB) *database.DB) {
	b.Helper()
	for _, batch := range []int{1, 20, 200, 2000} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			s := newStore(b, open(b))
			h := spread(b, b.N*batch)
			b.ResetTimer()
			for i := range b.N {
				if err := s.Apply(b.Context(), Action, h.entries[i*batch:(i+1)*batch], nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "entries/s")
		})
	}
}
