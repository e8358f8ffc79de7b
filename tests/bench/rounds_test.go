package bench

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	// rounds is how often the two sides of a comparison take turns within one measurement; odd, for the median.
	rounds = 9
	// turn is how long a side works at a time: long enough that its end, in which all clients wait for the last entry to be
	// numbered, is a hundredth of it, short enough that both sides of a round find the machine in the same mood.
	turn = 1500 * time.Millisecond
)

// rate is work done for about a turn, in units per second.
type rate func(b *testing.B) float64

// compare lets two sides work in turns, the first one changing each round, and reports the medians: of the rounds'
// ratios under "ratio", and of the rates under the unit and "bare-" with the unit.
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

// medians reports the medians of what was measured.
func medians(b *testing.B, unit string, ratios, ours, bare []float64) {
	b.ReportMetric(0, "ns/op") // how long all rounds took says nothing
	b.ReportMetric(median(ratios), "ratio")
	b.ReportMetric(median(ours), unit)
	b.ReportMetric(median(bare), "bare-"+unit)
}

// closedLoop keeps clients busy for a turn, each beginning anew as soon as it is answered, then runs finish, and returns
// how many calls a second were answered, finish included.
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
	if finish != nil {
		if err := finish(); err != nil {
			b.Error(err)
		}
	}
	return float64(answered.Load()) / time.Since(start).Seconds()
}

// openLoop calls at a rate for a while, each call at its time whether or not those before it were answered, and returns when
// all are. due is when a call should have begun: what keeps the clients from it is a delay too.
func openLoop(rate float64, length time.Duration, call func(n int, due time.Time)) {
	var all sync.WaitGroup
	start := time.Now()
	for n := 0; ; n++ {
		due := start.Add(time.Duration(float64(n) / rate * float64(time.Second)))
		if due.Sub(start) > length {
			break
		}
		time.Sleep(time.Until(due)) // this is the load, not a wait for something
		all.Go(func() { call(n, due) })
	}
	all.Wait()
}

func median(values []float64) float64 { return quantile(values, 0.5) }

// quantile is the value below which the share q of values lies; 0 if there are none.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
