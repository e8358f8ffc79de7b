package cli_test

import (
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/wancun/wancun/wancun/internal/cli"
)

// full fails each write, as /dev/full does: a standard output on a full disk.
type full struct{}

func (full) Write([]byte) (int, error) {
	return 0, &fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}
}

func TestACommandWhoseResultCannotBeWrittenFails(t *testing.T) {
	s := up(t, t.TempDir())
	t.Setenv("WANCUN_TOKEN", s.token(t, "province_admin"))
	for name, args := range map[string][]string{
		"the demonstration's bulletin": {"demo", "--lang", "en"},
		"a load":                       {"load", "--server", s.rpc, "--edition", "2020-06-30", file(t, "hunan.csv", hunan...)},
		"a verification":               {"verify", "--data", s.data},
		"a token":                      {"token", "--data", s.data, "--role", "auditor"},
		"new keys":                     {"keys", "--dir", t.TempDir()},
		"certificates":                 {"certs", "--dir", t.TempDir()},
		"the version":                  {"version"},
		"help":                         {"--help"},
		"a process's version":          {"org", "version"},
	} {
		t.Run(name, func(t *testing.T) {
			var note output
			code := cli.Run(t.Context(), args, full{}, &note)
			want := "wancun: the result could not be written to standard output: no space left on device\n"
			if code != 1 || strings.Count(note.String(), want) != 1 {
				t.Errorf("exit %d: %s", code, &note)
			}
		})
	}
	t.Run("and keeps its own exit code if it failed anyway", func(t *testing.T) {
		var note output
		if code := cli.Run(t.Context(), []string{"token"}, full{}, &note); code != 2 {
			t.Errorf("exit %d: %s", code, &note)
		}
	})
}

func TestHelpIsTheSameHoweverItIsAskedFor(t *testing.T) {
	for _, c := range [][2]string{{"help", "--help"}, {"help load", "load --help"}} {
		asked, meant := run(t, strings.Fields(c[0])...), run(t, strings.Fields(c[1])...)
		if asked != meant || asked.code != 0 {
			t.Errorf("wancun %s: exit %d\n%s%s", c[0], asked.code, asked.out, asked.note)
		}
	}
}
