package k8s_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wancun/wancun/tools/k8s"
)

// program returns the package of a process's program, and the folder of its module.
func program(process string) (dir, pkg string) {
	switch process {
	case "gateway", "wancun":
		return filepath.Join("../..", process), "./cmd/" + process
	}
	return filepath.Join("../../services", process), "./cmd/" + process
}

// run runs the program of a process, built from this tree.
func run(t testing.TB, process string, env, args []string) (string, error) {
	t.Helper()
	dir, pkg := program(process)
	c := exec.CommandContext(t.Context(), "go", append([]string{"run", pkg}, args...)...)
	c.Dir, c.Env = dir, append(append(os.Environ(), "GOWORK="), env...) // uses the workspace, even if this test runs without it
	said, err := c.CombinedOutput()
	return string(said), err
}

// flags returns the flags in the programs' help texts.
func flags(t testing.TB) map[string][]string {
	t.Helper()
	has := map[string][]string{}
	flag := regexp.MustCompile(`--(?:\[no-\])?([a-z][a-z-]*)`)
	for _, process := range slices.Concat(k8s.Cluster().Processes, k8s.Single().Processes) {
		command := "serve"
		if process == "wancun" {
			command = "up"
		}
		said, err := run(t, process, nil, []string{command, "--help"})
		if err != nil {
			t.Fatalf("%s: %v\n%s", process, err, said)
		}
		for _, found := range flag.FindAllStringSubmatch(said, -1) {
			has[process] = append(has[process], found[1])
		}
	}
	return has
}

func TestThePodsTellThePrograms(t *testing.T) {
	has := flags(t)
	for _, overlay := range overlays() {
		t.Run(overlay+": only settings that they have", func(t *testing.T) {
			for _, found := range k8s.Unknown(decoded(t, rendered(t, overlay)), has) {
				t.Error(found)
			}
		})
	}
	for _, w := range []twin{
		{
			defect: "a flag that org does not have", on: "Deployment/org", says: "Deployment/org has the setting WANCUN_REDIS_URL",
			patch: `[{op: add, path: ` + container + `/args/-, value: "--redis-url=redis://redis"}]`,
		}, {
			defect: "a setting that village does not have", on: "ConfigMap/village-.*", says: "Deployment/village has the setting WANCUN_TOKEN_FILE",
			patch: `[{op: add, path: /data/WANCUN_TOKEN_FILE, value: /run/secrets/token/token}]`,
		}, {
			defect: "a setting with a slip of the pen", on: "ConfigMap/settings-.*", says: "has the setting WANCUN_LOGLEVEL",
			patch: `[{op: move, from: /data/WANCUN_LOG_LEVEL, path: /data/WANCUN_LOGLEVEL}]`,
		},
	} {
		t.Run("refused: "+w.defect, func(t *testing.T) {
			found := strings.Join(k8s.Unknown(w.objects(t, rendered(t, "production")), has), "\n")
			if !strings.Contains(found, w.says) {
				t.Errorf("found %q; want %q", found, w.says)
			}
		})
	}
}

// The programs read the same command lines, settings and secret files as in their pods, and refuse missing,
// contradictory and impossible values.
func TestTheProgramsAcceptWhatThePodsTellThem(t *testing.T) {
	o := decoded(t, rendered(t, "production"))
	mounts := secretFiles(t, o)
	for _, w := range o.Workloads {
		t.Run(w.String(), func(t *testing.T) {
			t.Parallel()
			args, env, err := k8s.CommandLine(o, w)
			if err != nil {
				t.Fatal(err)
			}
			here := func(s string) string { return strings.Replace(s, "/run/secrets/", mounts[w.Process()]+"/", 1) }
			said, err := run(t, w.Process(), each(env, here), append(each(args, here), "--print-config"))
			if err != nil {
				t.Errorf("%s refuses its settings: %v\n%s", w.Process(), err, said)
			}
		})
	}
}

func each(all []string, change func(string) string) []string {
	changed := make([]string, len(all))
	for i, s := range all {
		changed[i] = change(s)
	}
	return changed
}

// secretFiles makes a folder for each process with the files that would be mounted below /run/secrets.
func secretFiles(t testing.TB, o k8s.Objects) map[string]string {
	t.Helper()
	keys, err := k8s.SecretKeys(o)
	if err != nil {
		t.Fatal(err)
	}
	roots := map[string]string{}
	for _, key := range keys {
		secret, file := filepath.Split(key)
		process, mount, _ := strings.Cut(filepath.Clean(secret), "-")
		if roots[process] == "" {
			roots[process] = t.TempDir()
		}
		path := filepath.Join(roots[process], mount, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("postgres://somebody@database/wancun?search_path="+process), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return roots
}
