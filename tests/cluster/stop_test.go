//go:build cluster

package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"testing"

	"github.com/wancun/wancun/tests/suite"
)

func TestWhateverEndsTheClusterEndsAllOfIt(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("skipped: only Linux tells processes of their parent's end")
	}
	for name, story := range map[string]struct {
		by   syscall.Signal
		code int
	}{
		"Ctrl-C":  {syscall.SIGINT, 0},
		"SIGTERM": {syscall.SIGTERM, 0},
		"kill -9": {syscall.SIGKILL, -1},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			cluster := start(t, "wancun", append([]string{"cluster", "--no-demo", "--replicas=1", "--data", dir}, servers(t)...)...)
			s := serving(t, cluster, dir)
			if len(s.Processes) != 5 {
				t.Errorf("there are %d processes", len(s.Processes))
			}
			if code := cluster.signal(t, story.by); code != story.code {
				t.Errorf("exit code = %d", code)
			}
			for _, r := range s.Processes {
				suite.Eventually(t, r.Name+" to end", func() bool { return gone(r.PID) })
			}
		})
	}
}

// serving waits until the cluster in a directory serves.
func serving(t *testing.T, cluster *running, dir string) state {
	t.Helper()
	var s state
	suite.Eventually(t, "the cluster to serve", func() bool {
		var ok bool
		s, ok = read(t, dir)
		return ok || cluster.over()
	})
	if len(s.Processes) == 0 {
		t.Fatal("the cluster does not serve")
	}
	return s
}

// gone reports whether there is no such process any more, or only what whoever adopted it has not yet taken note of.
func gone(pid int) bool {
	about, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return errors.Is(err, os.ErrNotExist) || bytes.Contains(about, []byte(") Z "))
}
