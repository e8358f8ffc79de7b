package suite

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// ForgetPeak resets the peak of [Suite.PeakMemory] to the current use.
func (s *Suite) ForgetPeak(tb testing.TB) {
	tb.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.process.Pid), []byte("5"), 0o200); err != nil {
		tb.Fatalf("reset the peak of the memory: %v", err)
	}
}

// PeakMemory returns the largest resident memory of the process, in bytes.
func (s *Suite) PeakMemory(tb testing.TB) int64 {
	tb.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Pid))
	if err != nil {
		tb.Fatalf("read the peak of the memory: %v", err)
	}
	var kibibytes int64
	for line := range strings.Lines(string(text)) {
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kibibytes); err == nil {
			return kibibytes << 10
		}
	}
	tb.Fatal("the system does not report the peak of the memory")
	return 0
}
