package browser

import (
	"crypto/rand"
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/tests/suite"
)

func TestMain(m *testing.M) { os.Exit(suite.Main(m)) }

// The organization and the village are of the demonstration.
const (
	organization = "53430000EXAM035437"
	village      = "430822599207"
)

func TestADeliveryIsRecordedConfirmedOnATelephoneAndCheckedInTheBrowser(t *testing.T) {
	chromium := chromium(t)
	s := suite.Up(t, suite.Options{Demo: true, Checkpoints: "none"})
	_, another, err := journal.GenerateKey("wancun/action", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tell(t, "delivery.mjs", map[string]string{
		"chromium": chromium, "rest": s.REST, "village": village, "anotherKey": another,
		"manager": s.Token(t, "story:manager", suite.Of(organization)), "managerId": "story:manager",
		"administrator": s.Token(t, "story:administrator", suite.Everywhere(accessv1.Grant_PROVINCE_ADMIN)),
		"team":          s.Token(t, "story:team", suite.In(village, accessv1.Grant_VILLAGE_TEAM)), "teamId": "story:team",
	})
}

// chromium returns the path of the browser. Without it, or without the packages of the stories, the test is skipped; in
// CI it fails.
func chromium(t *testing.T) string {
	t.Helper()
	path := os.Getenv("WANCUN_TEST_CHROMIUM")
	_, err := os.Stat(suite.File("web/node_modules/playwright-core"))
	switch {
	case path != "" && err == nil:
		return path
	case os.Getenv("CI") == "true":
		t.Fatal("chromium and the packages of web/ are needed: make test brings both")
	default:
		t.Skip("chromium or the packages of web/ are missing: make test brings both")
	}
	return ""
}

// tell runs a story with what it is given. It fails if the story does.
func tell(t *testing.T, name string, given map[string]string) {
	t.Helper()
	text, err := json.Marshal(given)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "node", suite.File("web/e2e/"+name))
	c.Env = append(os.Environ(), "WANCUN_STORY="+string(text))
	suite.EndWithTests(c)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}
