package k8s_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wancun/wancun/tools/k8s"
)

const manifests = "../../k8s"

func overlays() []string { return []string{"single", "production"} }

// rendered returns the output of kustomize for an overlay.
func rendered(t testing.TB, overlay string) []byte {
	t.Helper()
	text, err := k8s.Render(filepath.Join(manifests, "overlays", overlay))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// decoded returns the decoded objects of a rendered overlay.
func decoded(t testing.TB, text []byte) k8s.Objects {
	t.Helper()
	o, err := k8s.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestEveryOverlayKeepsEveryRule(t *testing.T) {
	for _, overlay := range overlays() {
		o := decoded(t, rendered(t, overlay))
		for _, rule := range k8s.Rules() {
			t.Run(overlay+": "+rule.Name, func(t *testing.T) {
				for _, found := range rule.Check(o) {
					t.Error(found)
				}
			})
		}
	}
}

// The README lists the secrets that the operator must create. If one were not listed, it would only be noticed when a
// pod does not start.
func TestTheReadmeListsEverySecretThatIsMounted(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(manifests, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| (.+?) \\|").FindAllStringSubmatch(string(readme), -1) {
		for _, key := range regexp.MustCompile("`([a-z.-]+)`").FindAllStringSubmatch(row[2], -1) {
			listed = append(listed, row[1]+"/"+key[1])
		}
	}
	slices.Sort(listed)
	needed, err := k8s.SecretKeys(decoded(t, rendered(t, "production")))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(needed, listed); diff != "" {
		t.Errorf("secrets in the README, against those that are mounted (-mounted +listed):\n%s", diff)
	}
}
