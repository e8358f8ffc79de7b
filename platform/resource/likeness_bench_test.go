package resource_test

import (
	"fmt"
	"testing"
	"time"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/resource"
)

// BenchmarkLikeness creates batches of rows of which several are alike, each acknowledged, and compares them with a batch
// of as many distinct rows in the same round. The ratio of four times as many rows, with as many of each likeness, shows
// whether the cost is linear.
func BenchmarkLikeness(b *testing.B) {
	onEach(b, func(b *testing.B, k *kit) {
		for _, of := range []int{25, 5000} {
			b.Run(fmt.Sprintf("%d-alike", of), func(b *testing.B) {
				twins, round := openTwins(b, k), 0
				batch := func(rows, alike int) float64 {
					round++
					r := &villagev1.BatchCreateNeedsRequest{RequestId: requestOf(1_000_000*of + round), Acknowledge: []string{duplicate, "IMPLAUSIBLE_QUANTITY"}}
					for i := range rows {
						one := needToImport(10*of+round, i)
						one.Need.Quantity = int64(100_000*round + i/alike + 1)
						r.Requests = append(r.Requests, one)
					}
					begin := time.Now()
					must(resource.BatchCreate[manyNeeds](province(), twins.store, r, nil))(b)
					return time.Since(begin).Seconds()
				}
				var few, many, distinct float64
				for b.Loop() {
					distinct += batch(20_000, 1)
					many += batch(20_000, of)
					few += batch(5_000, of)
				}
				b.ReportMetric(many/distinct, "alike/distinct")
				b.ReportMetric(many/few, "20000-rows/5000-rows")
			})
		}
	})
}
