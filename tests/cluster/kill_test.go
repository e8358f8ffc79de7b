package cluster

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/tests/suite"
)

// The demonstration is the script: some four thousand writes, each with a request id, none sent before what it rests on
// was acknowledged. Its bulletin sums up all of them, so one that is lost or counted twice changes it.

func TestAClusterGivesTheBulletinOfOneProcess(t *testing.T) {
	want := figures(t, run(t, "wancun", "demo", "--format=json"))
	args := append([]string{"cluster", "--once", "--format=json", "--data", t.TempDir()}, servers(t)...)
	got := figures(t, run(t, "wancun", args...))
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("bulletin of the cluster (-one process +cluster):\n%s", diff)
	}
}

func TestKillingAReplicaOfEachServiceLosesNothing(t *testing.T) {
	want := figures(t, run(t, "wancun", "demo", "--format=json"))
	dir, flags := t.TempDir(), servers(t)
	script := start(t, "wancun", append([]string{"cluster", "--once", "--restart", "--format=json", "--data", dir}, flags...)...)
	killed := killInTurn(t, script, dir)
	<-script.ended
	if code := script.cmd.ProcessState.ExitCode(); code != 0 {
		t.Fatalf("the script ended with code %d", code)
	}
	t.Logf("killed: %v", killed)
	for _, service := range []string{"org-1", "village-1", "action-1", "report-1"} {
		if killed[service] == 0 {
			t.Errorf("the script was over before %s was killed", service)
		}
	}
	if diff := cmp.Diff(want, figures(t, script.out.String()), protocmp.Transform()); diff != "" {
		t.Errorf("bulletin after the kills (-undisturbed +disturbed):\n%s", diff)
	}
	for _, line := range strings.Split(strings.TrimSpace(run(t, "wancun", "verify", "--data", dir, flags[0], flags[1])), "\n") {
		if !strings.Contains(line, "fit the public key") {
			t.Errorf("verify says: %s", line)
		}
	}
}

// killInTurn kills the first replica of one service after the other, each when the one before serves again, until the
// script is over. It returns how often each was killed.
func killInTurn(t *testing.T, script *running, dir string) map[string]int {
	t.Helper()
	killed := map[string]int{}
	suite.Eventually(t, "the cluster to run", func() bool { _, ok := read(t, dir); return ok || script.over() })
	for n := 0; !script.over(); n++ {
		name := []string{"action-1", "org-1", "village-1", "report-1"}[n%4]
		before, ok := read(t, dir)
		if !ok {
			return killed
		}
		victim := before.named(t, name)
		if err := syscall.Kill(victim.PID, syscall.SIGKILL); err != nil {
			t.Fatalf("kill %s: %v", name, err)
		}
		killed[name]++
		suite.Eventually(t, name+" to serve again", func() bool {
			now, ok := read(t, dir)
			return script.over() || !ok || now.named(t, name).PID != victim.PID && ready(t, victim.Ops)
		})
	}
	return killed
}

// figures is a bulletin without what differs from run to run: when it was made, and the positions and checkpoints.
func figures(t *testing.T, text string) *reportv1.Bulletin {
	t.Helper()
	var b reportv1.Bulletin
	if err := protojson.Unmarshal([]byte(text), &b); err != nil {
		t.Fatalf("read the bulletin: %v", err)
	}
	if len(b.GetFigures()) == 0 || b.GetVillages() == 0 || !slices.ContainsFunc(b.GetFigures(), func(f *reportv1.Figure) bool { return f.GetRecorded() != nil }) {
		t.Fatalf("the bulletin is empty: %s", text)
	}
	b.AsOf = nil
	return &b
}
