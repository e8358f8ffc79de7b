package k8s_test

import (
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/resid"
	"sigs.k8s.io/yaml"

	"github.com/wancun/wancun/tools/k8s"
)

// twin is an overlay with one defect.
type twin struct {
	defect  string
	overlay string // production, unless set
	on      string // kind/name; the name is a regular expression
	patch   string // JSON 6902, in YAML
	// rule is the rule that must find the defect; says is part of its finding. Only the rules in also may find it as
	// well.
	rule string
	says string
	also []string
}

func (w twin) objects(t *testing.T, text []byte) k8s.Objects {
	t.Helper()
	kind, name, _ := strings.Cut(w.on, "/")
	patch, err := yaml.YAMLToJSON([]byte(w.patch))
	if err != nil {
		t.Fatal(err)
	}
	changed, err := k8s.Twin(text, types.Patch{
		Patch:  string(patch),
		Target: &types.Selector{ResId: resid.ResId{Gvk: resid.Gvk{Kind: kind}, Name: name}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if string(changed) == string(text) {
		t.Fatal("the twin has no defect: its patch changes nothing")
	}
	return decoded(t, changed)
}

// A rule that finds nothing proves nothing, so each has a twin that it must refuse.
func TestEachTwinIsRefusedByItsRule(t *testing.T) {
	text := map[string][]byte{}
	for _, overlay := range overlays() {
		text[overlay] = rendered(t, overlay)
	}
	refused := map[string]bool{}
	for _, w := range slices.Concat(podTwins(), scaleTwins(), networkTwins(), settingTwins()) {
		t.Run(w.defect, func(t *testing.T) {
			if w.overlay == "" {
				w.overlay = "production"
			}
			o := w.objects(t, text[w.overlay])
			for _, rule := range k8s.Rules() {
				found := strings.Join(rule.Check(o), "\n")
				switch {
				case rule.Name == w.rule && !strings.Contains(found, w.says):
					t.Errorf("%q says %q; want %q", rule.Name, found, w.says)
				case rule.Name == w.rule:
					refused[rule.Name] = true
				case found != "" && !slices.Contains(w.also, rule.Name):
					t.Errorf("%q finds something as well: %s", rule.Name, found)
				}
			}
		})
	}
	for _, rule := range k8s.Rules() {
		if !refused[rule.Name] {
			t.Errorf("nothing shows that %q would notice", rule.Name)
		}
	}
}
