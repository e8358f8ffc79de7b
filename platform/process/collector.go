package process

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// gosOwn is the growth of the heap after which Go collects it by itself, in percent.
	gosOwn = 100
	// sparing is ours, and roomy is the heap below which nothing is collected at all. A part of the suite lives on a few
	// megabytes and allocates for every call: by Go's own rule the collector would run many times a second and take a
	// tenth of the work, and by the percentage alone still a twentieth. It costs memory, up to GOMEMLIMIT where that is set.
	sparing = 300
	roomy   = 128 << 20
)

// SpareCollector lets the heap grow more between collections than Go does by itself, unless GOGC asks for something else
// than that. Every program of the suite calls it first.
func SpareCollector() {
	if set := debug.SetGCPercent(sparing); set != gosOwn {
		debug.SetGCPercent(set)
		return
	}
	afterCollection(sparing)
}

// afterCollection sets the growth anew after each collection, for as long as it is the one that was set here.
func afterCollection(set int) {
	type mark struct{ _ [32]byte } // too large to share its memory with something that lives on
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

// growth is by how many percent a heap may grow of which so many bytes are live.
func growth(live uint64) int {
	room := uint64(roomy) * 100 / max(live, 1<<20)
	return int(max(room, sparing+100)) - 100 //nolint:gosec // at most 12,800
}
