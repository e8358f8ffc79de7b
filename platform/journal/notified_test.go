package journal

import "testing"

// hearing returns a Log of another process that can only receive notifications.
func hearing(size int64) *Log {
	return &Log{size: size, grown: make(chan struct{}), wake: make(chan struct{}, 1)}
}

func TestWhatAnotherProcessSaysOfTheLogIsTakenWithoutALook(t *testing.T) {
	for said, want := range map[string]struct {
		size        int64
		grown, look bool
	}{
		"17":        {17, true, false},
		"10":        {10, false, false}, // known already
		"9":         {10, false, false}, // arrives after a newer one
		"":          {10, false, true},  // something may have been missed
		"seventeen": {10, false, true},
	} {
		l := hearing(10)
		growth := l.growth()
		l.notified(said)
		if l.size != want.size || isClosed(growth) != want.grown || len(l.wake) == 1 != want.look {
			t.Errorf("after %q: size %d, grown %v, to look %v; want %+v", said, l.size, isClosed(growth), len(l.wake) == 1, want)
		}
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
