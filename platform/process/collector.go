package process

import "runtime/debug"

const (
	// gosOwn is the growth of the heap after which Go collects it by itself, in percent.
	gosOwn = 100
	// sparing is ours. A part of the suite lives on a few megabytes and allocates for every call: by Go's own rule the
	// collector would run many times a second and take a tenth of the work. It costs memory, three times what is live, up
	// to GOMEMLIMIT where that is set.
	sparing = 300
)

// SpareCollector lets the heap grow more between collections than Go does by itself, unless GOGC says how much. Every
// program of the suite calls it first.
func SpareCollector() {
	if set := debug.SetGCPercent(sparing); set != gosOwn {
		debug.SetGCPercent(set)
	}
}
