package cli_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/wancun/internal/cli"
)

// parts are the parts that run as processes of their own.
var parts = services.Parts()

func TestEachPartRunsByItsOwnNameAndAsACommand(t *testing.T) {
	for _, part := range parts {
		for _, line := range [][]string{{"/usr/local/bin/" + part}, {"wancun", part}} {
			called := func(args ...string) result { return run(t, cli.Arguments(append(line, args...))...) }
			if r := called("--help"); r.code != 0 || r.note != "" || !strings.HasPrefix(r.out, "Usage: "+part+" <command>") {
				t.Errorf("%v --help: exit %d\n%s%s", line, r.code, r.out, r.note)
			}
			if r := called("--version"); r.code != 0 || !strings.HasPrefix(r.out, part+" dev go1.") {
				t.Errorf("%v --version: exit %d\n%s%s", line, r.code, r.out, r.note)
			}
			if r := called("--nope"); r.code != 2 || !strings.HasPrefix(r.note, part+": unknown flag --nope") {
				t.Errorf("%v --nope: exit %d\n%s%s", line, r.code, r.out, r.note)
			}
			if r := called("serve", "--insecure", "--ops-listen", "nowhere", "--listen="); r.code != 2 || !strings.Contains(r.note, part+": ") {
				t.Errorf("%v serve without what it needs: exit %d\n%s%s", line, r.code, r.out, r.note)
			}
		}
	}
}

func TestAPartDoesItsWorkAsACommand(t *testing.T) {
	r := must(t, "org", "migrate", "--database-url", "sqlite://"+filepath.Join(t.TempDir(), "org.db"))
	if r.out != "The database of org has the schema of this build.\n" {
		t.Errorf("wancun org migrate says %q", r.out)
	}
	r = run(t, "org", "migrate", "--database-url", "sqlite:///no/such/folder/org.db")
	if r.code != 1 || !strings.HasPrefix(r.note, "org: open database") || strings.Contains(r.note, "wancun:") {
		t.Errorf("wancun org migrate without a folder: exit %d: %s", r.code, r.note)
	}
}

func TestByAnyOtherNameItIsWancun(t *testing.T) {
	for _, line := range [][]string{{"wancun", "version"}, {"./bin/wancun", "--version"}, {"/tmp/wancun-1.2.3", "version"}} {
		if r := run(t, cli.Arguments(line)...); r.code != 0 || !strings.HasPrefix(r.out, "wancun dev go1.") {
			t.Errorf("%v: exit %d\n%s%s", line, r.code, r.out, r.note)
		}
	}
	if args := cli.Arguments(nil); len(args) != 0 {
		t.Errorf("of nothing it makes %v", args)
	}
}
