package process

import (
	"os"
	"runtime/debug"
)

// sparing is the growth of the heap after which it is collected, in percent. A part of the suite lives on a few megabytes
// and allocates for every call: by Go's own 100 percent the collector would run many times a second and take a tenth of
// the work. It costs memory, three times what is live, up to GOMEMLIMIT where that is set.
const sparing = 300

// SpareCollector lets the heap grow more between collections than Go does by itself, unless GOGC says how much. Every
// program of the suite calls it first.
func SpareCollector() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(sparing)
	}
}
