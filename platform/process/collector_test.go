package process

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
)

func TestASmallHeapMayGrowToARoomyOne(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct {
		live uint64
		want int
	}{
		{0, 12700}, {8 * mib, 1500}, {16 * mib, 700}, {32 * mib, sparing}, {1 << 30, sparing},
	} {
		if got := growth(c.live); got != c.want {
			t.Errorf("growth(%d MiB) = %d, want %d", c.live/mib, got, c.want)
		}
	}
}

// percent returns the current GOGC.
func percent() int {
	s := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(s)
	return int(s[0].Value.Uint64())
}

func TestTheCollectorIsSparedUnlessGOGCSaysOtherwise(t *testing.T) {
	before := debug.SetGCPercent(gosOwn)
	t.Cleanup(func() { debug.SetGCPercent(before) })
	for _, given := range []int{50, 200} {
		debug.SetGCPercent(given)
		SpareCollector()
		if got := percent(); got != given {
			t.Errorf("the heap grows by %d percent, want the %d that were set", got, given)
		}
	}
	debug.SetGCPercent(gosOwn)
	SpareCollector()
	if got := percent(); got != sparing {
		t.Errorf("the heap grows by %d percent at first, want %d", got, sparing)
	}
	for percent() == sparing { // the cleanup runs some time after a collection; the timeout of the test bounds the wait
		runtime.GC()
		runtime.Gosched()
	}
	if got := percent(); got < sparing {
		t.Errorf("the heap grows by %d percent after a collection, want more than %d", got, sparing)
	}
	debug.SetGCPercent(150)
	for range 10 {
		runtime.GC()
	}
	if got := percent(); got != 150 {
		t.Errorf("the heap grows by %d percent, want the 150 that somebody else set", got)
	}
}
