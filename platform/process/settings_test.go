package process_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wancun/wancun/platform/process/processtest"
)

func TestASettingThatCannotBeMeantIsRefusedByName(t *testing.T) {
	good := with(processtest.Database(t), processtest.Flags(t, "toy")...)
	secure := with(without(good, "--insecure"), "--tls-cert-file", "a", "--tls-key-file", "b", "--tls-ca-file", "c", "--accept-peers", "gateway")
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"nothing at all", nil, "--tls-cert-file"},
		{"no database", processtest.Flags(t, "toy"), "--database-url-file"},
		{"two databases", with(good, "--database-url", "sqlite:///x.db"), "--database-url"},
		{"no journal key", without(good, "--journal-key-file"), "--journal-key-file"},
		{"no page key", without(good, "--page-key-file"), "--page-key-file"},
		{"a page key that is not there", with(good, "--page-key-file", filepath.Join(t.TempDir(), "absent")), "--page-key-file"},
		{"no issuer", without(good, "--oidc-issuer"), "--oidc-issuer"},
		{"an issuer that is no URL", with(good, "--oidc-issuer", "issuer"), "--oidc-issuer"},
		{"no audience", with(good, "--oidc-audience="), "--oidc-audience"},
		{"no address", with(good, "--listen="), "--listen"},
		{"neither certificates nor clear text", without(good, "--insecure"), "--insecure"},
		{"both certificates and clear text", with(secure, "--insecure"), "--insecure"},
		{"half of the certificates", without(secure, "--tls-ca-file"), "--tls-ca-file"},
		{"no peer that may connect", without(secure, "--accept-peers"), "--accept-peers"},
		{"keys of tokens in clear text", with(secure, "--oidc-issuer", "http://issuer.example"), "--oidc-issuer"},
		{"a wait that is negative", with(good, "--drain-wait=-1s"), "--drain-wait"},
		{"a limit that is negative", with(good, "--drain-limit=-1s"), "--drain-limit"},
		{"no traces for a collector", with(good, "--otlp-endpoint", "collector:4317", "--trace-ratio", "0"), "--trace-ratio"},
		{"a collector without a port", with(good, "--otlp-endpoint", "collector"), "--otlp-endpoint"},
		{"a level that there is none", with(good, "--log-level", "loud"), "--log-level"},
		{"a format that there is none", with(good, "--log-format", "xml"), "--log-format"},
		{"an unknown setting", with(good, "--drian-wait", "1s"), "--drian-wait"},
		{"a key of the file that is no setting", with(good, "--config", processtest.File(t, "config.yaml", "drian-wait: 1s")), "drian-wait"},
		{"a migration of nothing", []string{"migrate"}, "--database-url-file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, _, log := processtest.Run(t, newToy().program(), c.args...)
			if code != 2 || !strings.Contains(log, c.want) {
				t.Errorf("exit code %d, want 2 and %q: %s", code, c.want, log)
			}
		})
	}
}

func with(args []string, more ...string) []string { return slices.Concat(args, more) }

// without removes a flag, and its value if it has one.
func without(args []string, flag string) []string {
	var rest []string
	for i := 0; i < len(args); i++ {
		if args[i] == flag {
			if flag != "--insecure" {
				i++
			}
			continue
		}
		rest = append(rest, args[i])
	}
	return rest
}

func TestOneFileServesBothCommands(t *testing.T) {
	flags := processtest.Flags(t, "toy")
	url := "sqlite://" + t.TempDir() + "/data.db"
	file := processtest.File(t, "config.yaml", "database-url: "+url+"\ndrain-wait: 3s\ninsecure: true\n")
	processtest.MustRun(t, newToy().program(), "migrate", "--config", file)
	printed := processtest.MustRun(t, newToy().program(), with(without(flags, "--drain-wait"), "--config", file, "--print-config")...)
	for _, want := range []string{"database-url: " + url, "drain-wait: 3s", "insecure: true", "log-level: INFO"} {
		if !strings.Contains(printed, want) {
			t.Errorf("the settings lack %q:\n%s", want, printed)
		}
	}
	again := processtest.MustRun(t, newToy().program(), "--config", processtest.File(t, "again.yaml", printed), "--print-config")
	if again != printed {
		t.Errorf("what was printed gives something else again:\n%s\nand was:\n%s", again, printed)
	}
}
