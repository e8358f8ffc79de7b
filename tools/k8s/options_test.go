package k8s_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/wancun/wancun/tools/k8s"
)

// certificate is what the tests look at of cert-manager's kind, which is known to no Go type here.
type certificate struct {
	Kind     string
	Metadata struct{ Name, Namespace string }
	Spec     struct {
		SecretName string
		DNSNames   []string `json:"dnsNames"`
		Usages     []string
		IssuerRef  struct{ Name string }
	}
}

// withOption is the production overlay with one of the components that it names as options.
func withOption(t testing.TB, component string) []certificate {
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
	objects := make([]certificate, len(documents))
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

// A process is accepted by the first name in its certificate, and serves under it; the Secret is the one that is mounted.
func TestEachProcessHasACertificateWithItsName(t *testing.T) {
	objects := withOption(t, "certificates")
	for _, process := range k8s.Cluster().Processes {
		i := slices.IndexFunc(objects, func(o certificate) bool { return o.Kind == "Certificate" && o.Metadata.Name == process })
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
	if !slices.ContainsFunc(withOption(t, "route"), func(o certificate) bool {
		return o.Kind == "HTTPRoute" && o.Metadata.Namespace == "wancun"
	}) {
		t.Error("no HTTPRoute in the namespace wancun")
	}
}
