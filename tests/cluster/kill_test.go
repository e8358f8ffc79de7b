//go:build cluster

package cluster

import (
	"maps"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
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

// victims are killed when the script comes to the stage in which they have most to do.
var victims = map[string]string{
	"approvals":               "org-1",
	"needs":                   "village-1",
	"verification of needs":   "report-1", // follows the journals
	"deliveries":              "org-1",    // is asked by action
	"answers of the villages": "action-1",
	"statements":              "report-1",
}

func TestKillingAReplicaOfEachServiceLosesNothing(t *testing.T) {
	want := figures(t, run(t, "wancun", "demo", "--format=json"))
	dir, flags := t.TempDir(), servers(t)
	script := start(t, "wancun", append([]string{"cluster", "--once", "--restart", "--format=json", "--data", dir}, flags...)...)
	waiting := maps.Clone(victims)
	for line := range script.notes {
		stage := strings.TrimSuffix(line, " …")
		victim, ok := waiting[stage]
		if !ok {
			t.Log(line)
			continue
		}
		delete(waiting, stage) // a script that resumes comes by again
		t.Logf("%s: killing %s", line, victim)
		kill(t, dir, victim)
	}
	<-script.ended
	if code := script.cmd.ProcessState.ExitCode(); code != 0 {
		t.Fatalf("the script ended with code %d", code)
	}
	if len(waiting) > 0 {
		t.Errorf("the script never came to %v", waiting)
	}
	if diff := cmp.Diff(want, figures(t, script.out.String()), protocmp.Transform()); diff != "" {
		t.Errorf("bulletin after the kills (-undisturbed +disturbed):\n%s", diff)
	}
	for line := range strings.Lines(run(t, "wancun", "verify", "--data", dir, flags[0], flags[1])) {
		if !strings.Contains(line, "fit the public key") {
			t.Errorf("verify says: %s", line)
		}
	}
}

// kill ends a process of the cluster in a directory as a power cut would.
func kill(t *testing.T, dir, name string) {
	t.Helper()
	s, ok := read(t, dir)
	if !ok {
		t.Fatalf("no cluster runs when %s is to be killed", name)
	}
	if err := syscall.Kill(s.named(t, name).PID, syscall.SIGKILL); err != nil {
		t.Fatalf("kill %s: %v", name, err)
	}
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
