package bench

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	// rounds is how often the two sides of a comparison alternate within one measurement; odd, so that the median is
	// one of them.
	rounds = 9
	// turn is how long a side works at a time. It is long enough that its end, when all clients wait for the last entry
	// to be numbered, is about a hundredth of it, and short enough that the machine's load is similar for both sides of
	// a round.
	turn = 1500 * time.Millisecond
)

// rate works for about a turn and returns the units of work per second.
type rate func(b *testing.B) float64

// compare runs both sides alternately; each round, the other side is first. It reports the medians: of the ratios as
// "ratio", of the rates as unit and as "bare-" with the unit.
func compare(b *testing.B, unit string, ours, bare rate) {
	b.Helper()
	var fast, plain, ratios []float64
	for b.Loop() {
		for round := range rounds {
			var o, p float64
			if round%2 == 0 {
				o, p = ours(b), bare(b)
			} else {
				p = bare(b)
				o = ours(b)
			}
			if b.Failed() {
				return
			}
			fast, plain, ratios = append(fast, o), append(plain, p), append(ratios, o/p)
		}
	}
	medians(b, unit, ratios, fast, plain)
}

// medians reports the medians of the measurements.
func medians(b *testing.B, unit string, ratios, ours, bare []float64) {
	b.ReportMetric(0, "ns/op") // the duration of all rounds means nothing
	b.ReportMetric(median(ratios), "ratio")
	b.ReportMetric(median(ours), unit)
	b.ReportMetric(median(bare), "bare-"+unit)
}

// closedLoop keeps clients busy for a turn: each starts its next call as soon as the last one ends. Then it runs
// finish, unless a call failed. It returns the completed calls per second, with the time of finish included.
func closedLoop(b *testing.B, clients int, call func(client int) error, finish func() error) float64 {
	b.Helper()
	var answered atomic.Int64
	var all sync.WaitGroup
	start := time.Now()
	for c := range clients {
		all.Go(func() {
			for time.Since(start) < turn {
				if err := call(c); err != nil {
					b.Error(err)
					return
				}
				answered.Add(1)
			}
		})
	}
	all.Wait()
	if finish != nil && !b.Failed() { // after a failed call it might not end
		if err := finish(); err != nil {
			b.Error(err)
		}
	}
	return float64(answered.Load()) / time.Since(start).Seconds()
}

// openLoop makes calls at a rate for a while, each at its due time whether or not earlier ones have ended, and returns
// when all have ended. due is when a call should begin, so a late start counts as delay.
func openLoop(rate float64, length time.Duration, call func(n int, due time.Time)) {
	var all sync.WaitGroup
	start := time.Now()
	for n := 0; ; n++ {
		due := start.Add(time.Duration(float64(n) / rate * float64(time.Second)))
		if due.Sub(start) > length {
			break
		}
		time.Sleep(time.Until(due)) // sleeps to produce the load, not to wait for a result
		all.Go(func() { call(n, due) })
	}
	all.Wait()
}

func median(values []float64) float64 { return quantile(values, 0.5) }

// quantile returns the value below which the share q of the values lies; 0 if there are no values.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
