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

// The manifests and this package each say who may call whom. The rules in tools/k8s hold the manifests' settings and
// NetworkPolicies to one table; here their settings are held against what the processes on one machine are told.
func TestAServiceAcceptsHereWhomItAcceptsInKubernetes(t *testing.T) {
	for _, service := range services.All() {
		accepted := setting(t, service, "WANCUN_ACCEPT_PEERS")
		told := flag(t, (&Cluster{}).flags(Process{Name: service + "-1", Part: service}), "--accept-peers")
		if here, there := sorted(told), sorted(accepted); !slices.Equal(here, there) {
			t.Errorf("%s accepts %v; in k8s/base/%s it accepts %v", service, here, service, there)
		}
	}
}

func sorted(list string) []string {
	names := strings.Split(list, ",")
	slices.Sort(names)
	return names
}

// setting is a variable that the manifests give to a service.
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
