package process

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// gosOwn is Go's default of GOGC in percent.
	gosOwn = 100
	// sparing is the suite's GOGC in percent. A heap smaller than roomy is not collected. A process of the suite needs
	// a few megabytes and allocates for every call: with Go's default the collector would run many times a second and
	// take a tenth of the CPU time, with the percentage alone a twentieth. The price is memory, up to GOMEMLIMIT if it
	// is set.
	sparing = 300
	roomy   = 128 << 20
)

// SpareCollector lets the heap grow more between collections than by Go's default, unless GOGC is set to another value
// than the default. Every program of the suite calls it first.
func SpareCollector() {
	if set := debug.SetGCPercent(sparing); set != gosOwn {
		debug.SetGCPercent(set)
		return
	}
	afterCollection(sparing)
}

// afterCollection sets the percentage again after each collection, until something else changes it.
func afterCollection(set int) {
	type mark struct{ _ [32]byte } // too large to share an allocation with a live object
	runtime.AddCleanup(new(mark), func(set int) {
		s := []metrics.Sample{{Name: "/gc/gogc:percent"}, {Name: "/gc/heap/live:bytes"}}
		metrics.Read(s)
		if s[0].Value.Uint64() != uint64(set) { //nolint:gosec // a percentage
			return
		}
		next := growth(s[1].Value.Uint64())
		debug.SetGCPercent(next)
		afterCollection(next)
	}, set)
}

// growth returns the percentage by which a heap with so many live bytes may grow.
func growth(live uint64) int {
	room := uint64(roomy) * 100 / max(live, 1<<20)
	return int(max(room, sparing+100)) - 100 //nolint:gosec // at most 12,800
}
