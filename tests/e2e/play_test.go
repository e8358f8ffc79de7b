package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// scenarioFile writes a scenario to a file and returns its path.
func scenarioFile(t *testing.T, lines string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "scenario.jsonl")
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestAPlayedScenarioIsTheDemonstration plays the printed demonstration: first a part, as if it was interrupted, and then
// twice the whole.
func TestAPlayedScenarioIsTheDemonstration(t *testing.T) {
	lines := suite.MustRun(t, "demo", "--scenario")
	whole := scenarioFile(t, lines)
	part := scenarioFile(t, strings.Join(strings.SplitAfter(lines, "\n")[:2500], ""))
	s := suite.Up(t, suite.Options{})
	play := func(file string) { suite.MustRun(t, "play", s.Server(), "--data", s.Dir, file) }
	play(part)
	play(whole)
	want := &reportv1.Bulletin{}
	if err := protojson.Unmarshal([]byte(suite.MustRun(t, "demo", "--format", "json")), want); err != nil {
		t.Fatal(err)
	}
	got := world.Bulletin(t, s, demoCampaign)
	if diff := cmp.Diff(want, got, protocmp.Transform(), protocmp.IgnoreFields(&reportv1.Bulletin{}, "as_of"),
		protocmp.IgnoreFields(&reportv1.Statement{}, "create_time", "update_time")); diff != "" {
		t.Errorf("bulletin (-demo +played):\n%s", diff)
	}
	ends := world.Positions(t.Context(), t, s)
	play(whole)
	if diff := cmp.Diff(ends, world.Positions(t.Context(), t, s)); diff != "" {
		t.Errorf("the journals grew when the scenario was played again (-before +after):\n%s", diff)
	}
}

func TestARefusedCallOfAScenarioIsNamed(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	file := scenarioFile(t, `{"person": "registrar", "grants": [{"role": "PROVINCE_ADMIN"}]}
{"stage": "approvals"}
{"as": "registrar", "call": "/wancun.org.v1.OrganizationService/ApproveOrganization", "request": {"name": "organizations/51430000EXAM00035G"}}
`)
	r := suite.Run(t, "play", s.Server(), "--data", s.Dir, file)
	want := "wancun: " + file + ": line 3: ApproveOrganization as registrar: RESOURCE_NOT_FOUND: "
	if r.Code != 1 || r.Out != "" || !strings.Contains(r.Err, want) {
		t.Errorf("exit code %d:\n%s%swant %s", r.Code, r.Out, r.Err, want)
	}
}
