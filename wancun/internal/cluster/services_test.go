package cluster

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wancun/wancun/proto/services"
)

// Both the manifests and this package list the callers that each service accepts. The rules in tools/k8s compare the
// manifests' settings and NetworkPolicies with one table; this test compares the manifests' settings with the flags of
// the processes on one machine.
func TestAServiceAcceptsHereWhomItAcceptsInKubernetes(t *testing.T) {
	for _, service := range services.All() {
		accepted := setting(t, service, "WANCUN_ACCEPT_PEERS")
		accepting := flag(t, (&Cluster{}).flags(Process{Name: service + "-1", Part: service}), "--accept-peers")
		if here, there := sorted(accepting), sorted(accepted); !slices.Equal(here, there) {
			t.Errorf("%s accepts %v; in k8s/base/%s it accepts %v", service, here, service, there)
		}
	}
}

func sorted(list string) []string {
	names := strings.Split(list, ",")
	slices.Sort(names)
	return names
}

// setting returns an environment variable that the manifests set for a service.
func setting(t *testing.T, service, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../../k8s/base", service, "kustomization.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^\s*- `+name+`=(.*)$`).FindAllSubmatch(text, -1)
	if len(found) != 1 {
		t.Fatalf("k8s/base/%s sets %s %d times, want once", service, name, len(found))
	}
	return string(found[0][1])
}

func flag(t *testing.T, args []string, name string) string {
	t.Helper()
	i := slices.Index(args, name)
	if i < 0 || i+1 == len(args) {
		t.Fatalf("no %s among %v", name, args)
	}
	return args[i+1]
}
