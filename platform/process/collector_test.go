package process_test

import (
	"runtime/debug"
	"testing"

	"github.com/wancun/wancun/platform/process"
)

func TestTheCollectorIsSparedUnlessGOGCSaysOtherwise(t *testing.T) {
	before := debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetGCPercent(before) })
	for _, c := range []struct {
		name        string
		given, want int
	}{
		{"Go's own", 100, 300},
		{"less", 50, 50},
		{"none at all", -1, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			debug.SetGCPercent(c.given)
			process.SpareCollector()
			if got := debug.SetGCPercent(100); got != c.want {
				t.Errorf("the heap grows by %d percent, want %d", got, c.want)
			}
		})
	}
}
