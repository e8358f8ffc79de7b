package k8s_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"

	"github.com/wancun/wancun/tools/k8s"
)

// optional has the tested fields of custom resources, for which this module has no Go types.
type optional struct {
	Kind     string
	Metadata struct{ Name, Namespace string }
	Spec     struct {
		SecretName string
		DNSNames   []string `json:"dnsNames"`
		Usages     []string
		IssuerRef  struct{ Name string }

		// Fields of the Prometheus operator's kinds.
		Selector            struct{ MatchLabels map[string]string }
		PodMetricsEndpoints []struct{ Port, Path string }
		Groups              []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
}

// withOption returns the custom resources in the production overlay with one of its optional components.
func withOption(t testing.TB, component string) []optional {
	t.Helper()
	dir := t.TempDir()
	up, err := filepath.Rel(realPath(t, dir), realPath(t, manifests))
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("namespace: wancun\nresources: [%s/overlays/production]\ncomponents: [%s/components/%s]\n", up, up, component)
	if err := os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := k8s.Render(dir)
	if err != nil {
		t.Fatal(err)
	}
	documents, err := k8s.Split(all)
	if err != nil {
		t.Fatal(err)
	}
	objects := make([]optional, len(documents))
	for i, document := range documents {
		if err := yaml.Unmarshal(document, &objects[i]); err != nil {
			t.Fatal(err)
		}
	}
	return objects
}

func realPath(t testing.TB, path string) string {
	t.Helper()
	absolute, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	if absolute, err = filepath.EvalSymlinks(absolute); err != nil {
		t.Fatal(err)
	}
	return absolute
}

// A process is accepted under the first name in its certificate, and serves under it. The Secret must be the one that
// is mounted.
func TestEachProcessHasACertificateWithItsName(t *testing.T) {
	objects := withOption(t, "certificates")
	for _, process := range k8s.Cluster().Processes {
		i := slices.IndexFunc(objects, func(o optional) bool { return o.Kind == "Certificate" && o.Metadata.Name == process })
		if i < 0 {
			t.Errorf("no Certificate for %s", process)
			continue
		}
		c := objects[i]
		if c.Spec.SecretName != process+"-tls" || len(c.Spec.DNSNames) == 0 || c.Spec.DNSNames[0] != process {
			t.Errorf("Certificate/%s is for %v, in Secret/%s", process, c.Spec.DNSNames, c.Spec.SecretName)
		}
		if !slices.Contains(c.Spec.Usages, "client auth") || !slices.Contains(c.Spec.Usages, "server auth") {
			t.Errorf("Certificate/%s is for %v; a process calls and is called", process, c.Spec.Usages)
		}
		if c.Spec.IssuerRef.Name != "authority" || c.Metadata.Namespace != "wancun" {
			t.Errorf("Certificate/%s comes from %q, in namespace %q", process, c.Spec.IssuerRef.Name, c.Metadata.Namespace)
		}
	}
}

func TestTheRouteIsMadeInOurNamespace(t *testing.T) {
	if !slices.ContainsFunc(withOption(t, "route"), func(o optional) bool {
		return o.Kind == "HTTPRoute" && o.Metadata.Namespace == "wancun"
	}) {
		t.Error("no HTTPRoute in the namespace wancun")
	}
}

func TestEveryServerIsScrapedOnItsOpsPort(t *testing.T) {
	objects := withOption(t, "monitoring")
	i := slices.IndexFunc(objects, func(o optional) bool { return o.Kind == "PodMonitor" && o.Metadata.Namespace == "wancun" })
	if i < 0 {
		t.Fatal("no PodMonitor in the namespace wancun")
	}
	monitor := objects[i].Spec
	for _, w := range decoded(t, rendered(t, "production")).Workloads {
		if !w.Serves() {
			continue
		}
		picked := labels.SelectorFromSet(monitor.Selector.MatchLabels).Matches(labels.Set(w.Template.Labels))
		if !picked || len(monitor.PodMetricsEndpoints) != 1 || monitor.PodMetricsEndpoints[0].Path != "/metrics" ||
			!slices.ContainsFunc(w.Main().Ports, func(p corev1.ContainerPort) bool { return p.Name == monitor.PodMetricsEndpoints[0].Port }) {
			t.Errorf("%s is not scraped", w)
		}
	}
}

// Alerts may only use metrics that the operators' guide lists.
func TestAlertsAskForMetricsThatAreThere(t *testing.T) {
	guide, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	metric := regexp.MustCompile(`([a-z_]+?)(?:_count|_bucket)?\{`)
	found := 0
	for _, o := range withOption(t, "monitoring") {
		for _, group := range o.Spec.Groups {
			for _, rule := range group.Rules {
				for _, name := range metric.FindAllStringSubmatch(rule.Expr, -1) {
					found++
					if name[1] != "up" && !strings.Contains(string(guide), "| `"+name[1]+"`") {
						t.Errorf("%s asks for %s, which docs/operating.md does not list", rule.Alert, name[1])
					}
				}
			}
		}
	}
	if found == 0 {
		t.Error("no alert asks for anything")
	}
}
