package k8sverify

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"
)

// strict returns the arguments of a server-side dry run that treats warnings as errors.
func strict(args ...string) []string {
	return append([]string{"apply", "--dry-run=server", "--validate=strict", "--warnings-as-errors"}, args...)
}

func overlay(name string) string { return filepath.Join("../../k8s/overlays", name) }

func TestARealAPIServer(t *testing.T) {
	c := start(t)
	// A dry run needs an existing namespace.
	c.must(t, "apply", "-f", "../../k8s/base/namespace/namespace.yaml")

	for _, name := range []string{"single", "production"} {
		t.Run("accepts the overlay "+name, func(t *testing.T) {
			t.Logf("%d objects", strings.Count(c.must(t, strict("-k", overlay(name))...), "(server dry run)"))
		})
	}
	t.Run("refuses each twin with one defect", func(t *testing.T) { refuseTwins(t, c) })
	t.Run("takes production for real", func(t *testing.T) { applyInOrder(t, c) })
	t.Run("admits the pods that would be made", func(t *testing.T) { admitPods(t, c) })
}

func refuseTwins(t *testing.T, c cluster) {
	rendered := map[string]string{}
	for _, name := range []string{"single", "production"} {
		rendered[name] = c.must(t, "kustomize", overlay(name))
	}
	for _, w := range twins() {
		t.Run(w.defect, func(t *testing.T) {
			t.Parallel()
			if w.overlay == "" {
				w.overlay = "production"
			}
			dir := t.TempDir()
			write(t, filepath.Join(dir, "rendered.yaml"), rendered[w.overlay])
			write(t, filepath.Join(dir, "kustomization.yaml"), w.kustomization())
			said, err := c.kubectl(t.Context(), strict("-k", dir)...)
			if err == nil {
				t.Fatal("it was accepted")
			}
			if !strings.Contains(said, w.says) {
				t.Errorf("refused, but not for %q:\n%s", w.says, said)
			}
		})
	}
}

// applyInOrder follows the steps in the README twice. The second run must change nothing.
func applyInOrder(t *testing.T, c cluster) {
	production := []string{"apply", "-k", overlay("production"), "--validate=strict", "--warnings-as-errors"}
	first := c.must(t, append(production, "-l", "app.kubernetes.io/component!=server")...)
	for _, early := range []string{"deployment.apps/", "horizontalpodautoscaler"} {
		if strings.Contains(first, early) {
			t.Errorf("the first step makes %s:\n%s", early, first)
		}
	}
	for _, needed := range []string{"job.batch/org-migrate created", "serviceaccount/org created", "networkpolicy.networking.k8s.io/to-postgresql created"} {
		if !strings.Contains(first, needed) {
			t.Errorf("the first step does not say %q:\n%s", needed, first)
		}
	}
	if all := c.must(t, production...); !strings.Contains(all, "deployment.apps/gateway created") {
		t.Errorf("the second step makes no servers:\n%s", all)
	}
	before := versions(t, c)
	c.must(t, production...)
	if after := versions(t, c); after != before {
		t.Errorf("applied again without a change, something changed: before\n%s\nafter\n%s", before, after)
	}
}

// versions returns the resource versions of everything in the namespace. A version changes with each change of its
// object.
func versions(t *testing.T, c cluster) string {
	t.Helper()
	return c.must(t, "-n", "wancun", "get",
		"deployments,jobs,services,serviceaccounts,configmaps,networkpolicies,pdb,hpa,resourcequotas,limitranges",
		"-o", "custom-columns=KIND:.kind,NAME:.metadata.name,VERSION:.metadata.resourceVersion")
}

// admitPods creates pods from the templates, in place of the controllers, which do not run here: accounts, priority,
// quota, limits and Pod Security are only checked for pods.
func admitPods(t *testing.T, c cluster) {
	countQuota(t, c)
	templates := podTemplates(t, c)
	dir := t.TempDir()
	try := func(name string, pod map[string]any) (string, error) {
		text, err := json.Marshal(pod)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name+".json")
		write(t, path, string(text))
		return c.kubectl(t.Context(), "create", "--dry-run=server", "--validate=strict", "--warnings-as-errors", "-f", path)
	}
	for name, pod := range templates {
		if said, err := try(name, pod); err != nil {
			t.Errorf("a pod of %s: %s", name, said)
		}
	}
	for _, w := range podTwins() {
		pod := podTemplates(t, c)["org"]
		spec, _ := pod["spec"].(map[string]any)
		maps.Copy(spec, w.spec)
		said, err := try("twin", pod)
		if err == nil || !strings.Contains(said, w.says) {
			t.Errorf("%s: want it refused for %q, got %q", w.defect, w.says, said)
		}
	}
}

// countQuota sets the used quota to zero. The controller that counts it does not run here, and no pod is admitted
// before a count.
func countQuota(t *testing.T, c cluster) {
	t.Helper()
	var quota struct {
		Spec struct{ Hard map[string]string }
	}
	said := c.must(t, "-n", "wancun", "get", "resourcequota", "wancun", "-o", "json")
	if err := json.Unmarshal([]byte(said), &quota); err != nil {
		t.Fatal(err)
	}
	used := map[string]string{}
	for name := range quota.Spec.Hard {
		used[name] = "0"
	}
	status, err := json.Marshal(map[string]any{"status": map[string]any{"hard": quota.Spec.Hard, "used": used}})
	if err != nil {
		t.Fatal(err)
	}
	c.must(t, "-n", "wancun", "patch", "resourcequota", "wancun", "--subresource=status", "--type=merge", "-p", string(status))
}

// podTemplates returns the pods that Deployments and Jobs would create, by the name of their owner.
func podTemplates(t *testing.T, c cluster) map[string]map[string]any {
	t.Helper()
	var list struct {
		Items []struct {
			Kind     string
			Metadata struct{ Name string }
			Spec     struct{ Template map[string]any }
		}
	}
	said := c.must(t, "-n", "wancun", "get", "deployments,jobs", "-o", "json")
	if err := json.Unmarshal([]byte(said), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Items) != 9 {
		t.Fatalf("there are %d Deployments and Jobs; want 9", len(list.Items))
	}
	pods := map[string]map[string]any{}
	for _, item := range list.Items {
		pod := maps.Clone(item.Spec.Template)
		metadata, _ := pod["metadata"].(map[string]any)
		pod["metadata"] = map[string]any{"name": item.Metadata.Name, "namespace": "wancun", "labels": metadata["labels"]}
		pod["apiVersion"], pod["kind"] = "v1", "Pod"
		pods[item.Metadata.Name] = pod
	}
	return pods
}

// kustomization returns a kustomization that applies the patch to the rendered overlay.
func (w twin) kustomization() string {
	kind, name, _ := strings.Cut(w.on, "/")
	return fmt.Sprintf("resources: [rendered.yaml]\npatches:\n  - target: {kind: %s, name: %s}\n    patch: |-\n      - %s\n", kind, name, w.patch)
}
