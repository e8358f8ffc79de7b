package verify_test

import (
	"fmt"
	"testing"

	"github.com/wancun/wancun/platform/journal/internal/logtest"
	"github.com/wancun/wancun/platform/journal/verify"
)

// BenchmarkLog audits a log through the whole server. A log that is written constantly has a checkpoint for each batch
// of many entries; one that is written now and then has one for each entry.
func BenchmarkLog(b *testing.B) {
	for _, size := range []struct{ entries, batch int }{{100_000, 1000}, {10_000, 1}} {
		b.Run(fmt.Sprintf("%d_entries_in_batches_of_%d", size.entries, size.batch), func(b *testing.B) {
			l, db := logtest.NewLog(b, logtest.SQLite(b))
			logtest.Fill(b, l, db, size.entries, size.batch)
			c := logtest.Serve(b, l.Server())
			_, key := logtest.Keys(b, 1)
			for b.Loop() {
				if _, err := verify.Log(b.Context(), verify.Config{Client: c, Log: "test", Key: key}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*size.entries)/b.Elapsed().Seconds(), "entries/s")
		})
	}
}
