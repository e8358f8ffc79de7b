package cluster

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// The demonstration consists of about four thousand writes. Each has a request id and is sent after the writes that it
// depends on were acknowledged. The bulletin sums all of them, so a lost or repeated write changes it.

func TestAClusterGivesTheBulletinOfOneProcess(t *testing.T) {
	got := world.Bulletin(t, theCluster(t).suite(t), theCampaign)
	if diff := cmp.Diff(ofOneProcess(t), figures(got), protocmp.Transform()); diff != "" {
		t.Errorf("bulletin of the cluster (-one process +cluster):\n%s", diff)
	}
}

// victims are killed, without a restart, when the script reaches the stage with the most work for them.
var victims = map[string]string{
	"approvals":               "org-1",
	"needs":                   "village-2",
	"verification of needs":   "report-1", // it follows the journals
	"answers of the villages": "action-2",
}

func TestOneReplicaOfEachServiceIsEnoughForTheRestOfTheScript(t *testing.T) {
	dir, flags := t.TempDir(), servers(t)
	want := ofOneProcess(t)
	script := startCluster(t, append([]string{"--once", "--format=json", "--data", dir}, flags...)...)
	waiting := maps.Clone(victims)
	for line := range script.notes {
		t.Log(line)
		stage := strings.TrimSuffix(line, " …")
		if victim, ok := waiting[stage]; ok {
			delete(waiting, stage) // a resumed script reaches the stage again
			t.Logf("killing %s", victim)
			end(t, dir, victim, syscall.SIGKILL)
		}
	}
	if code := script.wait(); code != 0 {
		t.Fatalf("the script ended with code %d", code)
	}
	if len(waiting) > 0 {
		t.Errorf("the script never came to %v", waiting)
	}
	if diff := cmp.Diff(want, printed(t, script.out.String()), protocmp.Transform()); diff != "" {
		t.Errorf("bulletin after the kills (-undisturbed +disturbed):\n%s", diff)
	}
	audited(t, dir, flags)
}

// audited fails the test unless the journals of a stopped cluster fit the public keys.
func audited(t *testing.T, dir string, flags []string) {
	t.Helper()
	fitting := 0
	for line := range strings.Lines(suite.MustRun(t, "verify", "--data", dir, flags[0], flags[1])) {
		switch {
		case strings.Contains(line, "fit the public key"):
			fitting++
		case strings.Contains(line, "follow from"): // the rows and the figures
		default:
			t.Errorf("verify says: %s", line)
		}
	}
	if fitting != len(services.All()) {
		t.Errorf("%d journals fit, want %d", fitting, len(services.All()))
	}
}

const theCampaign = "campaigns/five-special-actions-2019"

var oneProcess struct {
	once sync.Once
	text string
}

// ofOneProcess returns the figures of the demonstration in one process.
func ofOneProcess(t *testing.T) *reportv1.Bulletin {
	t.Helper()
	oneProcess.once.Do(func() { oneProcess.text = suite.MustRun(t, "demo", "--format=json") })
	return printed(t, oneProcess.text)
}

// printed returns the figures of a printed bulletin.
func printed(t *testing.T, text string) *reportv1.Bulletin {
	t.Helper()
	var b reportv1.Bulletin
	if err := protojson.Unmarshal([]byte(text), &b); err != nil {
		t.Fatalf("read the bulletin: %v", err)
	}
	if len(b.GetFigures()) == 0 || b.GetVillages() == 0 || !slices.ContainsFunc(b.GetFigures(), func(f *reportv1.Figure) bool { return f.GetRecorded() != nil }) {
		t.Fatalf("the bulletin is empty: %s", text)
	}
	return figures(&b)
}

// figures returns a bulletin without the parts that differ between runs: times, positions and checkpoints.
func figures(b *reportv1.Bulletin) *reportv1.Bulletin {
	b = proto.CloneOf(b)
	b.AsOf = nil
	for _, f := range b.GetFigures() {
		if s := f.GetStated(); s != nil {
			s.CreateTime, s.UpdateTime = nil, nil
		}
	}
	return b
}
