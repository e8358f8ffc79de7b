package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/wancun/internal/cli"
)

// result is the outcome of a command.
type result struct {
	code      int
	out, note string
}

// run runs a command to its end.
func run(t *testing.T, args ...string) result {
	t.Helper()
	var out, note output
	code := cli.Run(t.Context(), args, &out, &note)
	return result{code, out.String(), note.String()}
}

// must runs a command and fails the test if the command fails.
func must(t *testing.T, args ...string) result {
	t.Helper()
	r := run(t, args...)
	if r.code != 0 {
		t.Fatalf("wancun %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.note)
	}
	return r
}

// file writes a file into a temporary directory of the test and returns its path.
func file(t *testing.T, name string, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// output collects what a command writes, from any of its goroutines.
type output struct {
	mu    sync.Mutex
	text  bytes.Buffer
	await string        // once this text is written,
	ready chan struct{} // this is closed
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(b)
	if o.await != "" && bytes.Contains(b, []byte(o.await)) {
		close(o.ready)
	}
	return len(b), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func (o *output) find(t *testing.T, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(o.String())
	if found == nil {
		t.Fatalf("no %s in\n%s", pattern, o)
	}
	return found[1]
}

// suite is a running `wancun up`.
type suite struct {
	data, rest, rpc, link string

	stop func() result
}

// up starts `wancun up` on free ports.
func up(t *testing.T, data string) suite {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, note := &output{await: "Ctrl-C", ready: make(chan struct{})}, &output{}
	ended := make(chan int, 1)
	go func() {
		ended <- cli.Run(ctx, []string{"up", "--data", data, "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"}, out, note)
	}()
	stop := sync.OnceValue(func() result {
		cancel()
		return result{<-ended, out.String(), note.String()}
	})
	t.Cleanup(func() { stop() })
	select {
	case <-out.ready:
	case code := <-ended:
		t.Fatalf("wancun up: exit %d: %s", code, note)
	}
	return suite{
		data: data, stop: stop, rest: out.find(t, `REST +(http://\S+)`),
		rpc: "http://" + out.find(t, `gRPC +(\S+)`), link: out.find(t, `Sign in +(\S+)`),
	}
}

// token issues a token of the suite for a role.
func (s suite) token(t *testing.T, role string) string {
	t.Helper()
	return strings.TrimSpace(must(t, "token", "--data", s.data, "--role", role).out)
}

const divisions = "code,name,name_en,level,parent_code,kind"

var (
	hunan    = []string{divisions, "430000000000,湖南省,Hunan,province,,province", "433100000000,湘西州,Xiangxi,prefecture,430000000000,"}
	twoWrong = []string{divisions, "430000000000,湖南省,Hunan,province,,province", "43310000,湘西州,Xiangxi,prefecture,430000000000,", "433124000000,花垣县,Huayuan,shire,433100000000,"}
)

func TestExitCodesAndWhereTheTextGoes(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	for name, c := range map[string]struct {
		args      []string
		code      int
		out, note string // contained in the output; empty: there must be no output
	}{
		"help":                         {[]string{"--help"}, 0, "Usage: wancun <command>", ""},
		"the version":                  {[]string{"version"}, 0, "wancun dev go1.", ""},
		"no command":                   {nil, 2, "", "Usage: wancun <command>"},
		"no such command":              {[]string{"fly"}, 2, "", "unexpected argument fly"},
		"no such flag":                 {[]string{"up", "--nope"}, 2, "", "Usage: wancun up"},
		"no such language":             {[]string{"demo", "--lang", "fr"}, 2, "", `--lang must be one of "zh","en"`},
		"nothing to load":              {[]string{"load"}, 2, "", "Usage: wancun load <file>"},
		"a file that is not there":     {[]string{"load", missing}, 1, "", "missing: no such file or directory"},
		"a server of no kind":          {[]string{"load", "--server", "ftp://x", missing}, 1, "", `--server: "ftp://x" is neither http:// nor https://`},
		"a server without a host":      {[]string{"bulletin", "--server", "localhost"}, 1, "", `--server: "localhost" is not http://host:port`},
		"a day that is none":           {[]string{"load", "--as-of", "2019-13-01", missing}, 1, "", `--as-of: there is no such day: "2019-13-01"`},
		"an edition that is no day":    {[]string{"load", "--edition", "2020-13-30", missing}, 1, "", `wancun: --edition: there is no such day: "2020-13-30"`},
		"a campaign of no form":        {[]string{"load", "--campaign", "BAD ID", missing}, 1, "", `wancun: --campaign: "BAD ID" is not the id of a campaign`},
		"a server that is not there":   {[]string{"bulletin", "--server", "http://127.0.0.1:1"}, 1, "", "is wancun up running"},
		"a directory without a suite":  {[]string{"verify", "--data", missing}, 1, "", "is not a data directory"},
		"keys that are not there":      {[]string{"verify", "--server", "http://127.0.0.1:1", "--data", missing}, 1, "", "--keys names another directory"},
		"a scenario that is not there": {[]string{"play", missing}, 1, "", "missing: no such file or directory"},
		"a scenario that is none":      {[]string{"play", file(t, "x.jsonl", "{}")}, 1, "", "x.jsonl: line 1: must have either"},
		"a token for no role":          {[]string{"token"}, 2, "", "missing flags: --role"},
		"a token for a strange role":   {[]string{"token", "--role", "king"}, 2, "", `must be one of "account_admin","action_office"`},
		"a token for everybody":        {[]string{"token", "--role", "public"}, 2, "", "must be one of"},
		"a token for no suite":         {[]string{"token", "--data", missing, "--role", "auditor"}, 1, "", "is not a data directory"},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, c.args...)
			if r.code != c.code {
				t.Errorf("exit %d, want %d", r.code, c.code)
			}
			if !strings.Contains(r.out, c.out) || c.out == "" && r.out != "" {
				t.Errorf("stdout %q, want %q", r.out, c.out)
			}
			if !strings.Contains(r.note, c.note) || c.note == "" && r.note != "" {
				t.Errorf("stderr %q, want %q", r.note, c.note)
			}
		})
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("a command that failed has made the directory")
	}
}

func TestEachCommandExplainsItself(t *testing.T) {
	for _, command := range []string{"up", "demo", "load", "play", "bulletin", "verify", "token", "invite", "version"} {
		r := run(t, command, "--help")
		if r.code != 0 || r.note != "" || !strings.HasPrefix(r.out, "Usage: wancun "+command) {
			t.Errorf("wancun %s --help: exit %d\n%s%s", command, r.code, r.out, r.note)
		}
		if strings.Contains(r.out, "=STRING") || strings.Contains(r.out, "${") {
			t.Errorf("wancun %s --help leaves something open:\n%s", command, r.out)
		}
	}
}

func TestUpServesUntilItIsStopped(t *testing.T) {
	s := up(t, filepath.Join(t.TempDir(), "data"))
	r, err := http.Get(s.rest + "/v1/logs/org/entries") // only auditors may read it
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close()
	if r.StatusCode != http.StatusUnauthorized {
		t.Errorf("not signed in, and answered %s", r.Status)
	}
	if ended := s.stop(); ended.code != 0 || strings.Contains(ended.note, "wancun:") {
		t.Errorf("stopped with exit %d: %s", ended.code, ended.note)
	}
}

func TestUpIsRefusedWhereItCannotServe(t *testing.T) {
	s := up(t, filepath.Join(t.TempDir(), "data"))
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	address := taken.Addr().String()
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"on a directory in use":    {[]string{"--data", s.data, "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"}, "in use by another wancun process; stop it, or choose another with --data"},
		"on a taken REST address":  {[]string{"--data", t.TempDir(), "--http", address, "--grpc", "127.0.0.1:0"}, address + " is in use by another program; choose another address with --http"},
		"on a taken gRPC address":  {[]string{"--data", t.TempDir(), "--http", "127.0.0.1:0", "--grpc", address}, address + " is in use by another program; choose another address with --grpc"},
		"on an address of no kind": {[]string{"--data", t.TempDir(), "--http", "nowhere"}, "--http: listen tcp: address nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, append([]string{"up"}, c.args...)...)
			if r.code != 1 || r.out != "" || !strings.Contains(r.note, c.says) {
				t.Errorf("exit %d, stdout %q, stderr %q", r.code, r.out, r.note)
			}
		})
	}
}

func TestAStopBeforeItIsUpIsNoFailure(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, note output
	if code := cli.Run(ctx, []string{"up", "--data", t.TempDir()}, &out, &note); code != 0 || note.String() != "" {
		t.Errorf("exit %d: %s", code, &note)
	}
}

func TestLoadTellsWhatItChanged(t *testing.T) {
	t.Run("over gRPC", func(t *testing.T) { loadTells(t, func(s suite) string { return s.rpc }) })
	t.Run("through the gateway", func(t *testing.T) { loadTells(t, func(s suite) string { return s.rest }) })
}

func loadTells(t *testing.T, server func(suite) string) {
	s := up(t, t.TempDir())
	t.Setenv("WANCUN_TOKEN", s.token(t, "province_admin"))
	path := file(t, "hunan.csv", hunan...)
	load := func(more ...string) result {
		return run(t, append([]string{"load", "--server", server(s), "--edition", "2020-06-30"}, more...)...)
	}
	for _, c := range []struct {
		what, want string
		r          result
	}{
		{"a dry run", "would be 2 created, 0 unchanged; nothing was written", load("--dry-run", path)},
		{"the first time", "2 created, 0 unchanged", load(path)},
		{"the second time", "nothing changed, all 2 are there already", load(path)},
	} {
		if c.r.code != 0 || c.r.out != fmt.Sprintf("%s: 2 divisions: %s\n", path, c.want) {
			t.Errorf("%s: exit %d: %s%s", c.what, c.r.code, c.r.out, c.r.note)
		}
	}
	t.Run("every bad row is named, and nothing is loaded", func(t *testing.T) {
		bad := file(t, "bad.csv", twoWrong...)
		r := load(bad)
		lines := strings.Split(r.note, "\n")
		if r.code != 1 || r.out != "" || len(lines) < 4 {
			t.Fatalf("exit %d: %s%s", r.code, r.out, r.note)
		}
		for i, place := range []string{bad + ":3: code: ", bad + ":4: level: "} {
			if !strings.HasPrefix(lines[i+1], place) {
				t.Errorf("line %q, want %s…", lines[i+1], place)
			}
		}
		if !strings.Contains(r.note, "2 problems; nothing of this file was loaded") {
			t.Errorf("stderr %s", r.note)
		}
	})
	t.Run("so is one that the service refuses", func(t *testing.T) {
		orphan := file(t, "orphan.csv", divisions, "430000000000,湖南省,Hunan,province,,province", "440100000000,广州市,Guangzhou,prefecture,440000000000,")
		r := load(orphan)
		if r.code != 1 || !strings.Contains(r.note, orphan+":3: parent_code: ") || !strings.Contains(r.note, "1 problem; nothing") {
			t.Errorf("exit %d: %s%s", r.code, r.out, r.note)
		}
	})
	t.Run("without a token it is refused with the reason", func(t *testing.T) {
		t.Setenv("WANCUN_TOKEN", "")
		if r := load(path); r.code != 1 || !regexp.MustCompile(`^wancun: [A-Z_]+: .*token`).MatchString(lastLine(r.note)) {
			t.Errorf("exit %d: %s", r.code, r.note)
		}
	})
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

func TestVerifyTrustsThePublicKeysAlone(t *testing.T) {
	s := up(t, t.TempDir())
	t.Setenv("WANCUN_TOKEN", s.token(t, "province_admin"))
	must(t, "load", "--server", s.rpc, "--edition", "2020-06-30", file(t, "hunan.csv", hunan...))
	known := t.TempDir()
	keys := filepath.Join(s.data, "keys")
	for _, c := range []struct {
		name string
		args []string
	}{
		{"the server", []string{"--server", s.rpc, "--keys", keys}}, // it numbers pending writes first
		{"the gateway", []string{"--server", s.rest, "--keys", keys}},
		{"the directory in use", []string{"--data", s.data, "--save", known}},
	} {
		r := must(t, append([]string{"verify"}, c.args...)...)
		if !strings.Contains(r.out, "logs/village: 2 entries and ") || strings.Count(r.out, "fit the public key") != 4 {
			t.Errorf("%s: %s", c.name, r.out)
		}
	}
	strangers := t.TempDir()
	must(t, "keys", "--dir", strangers)
	if r := run(t, "verify", "--server", s.rpc, "--keys", strangers); r.code != 1 || strings.Count(r.out, "it is signed with the key") != 4 {
		t.Errorf("with somebody else's keys: exit %d\n%s%s", r.code, r.out, r.note)
	}
	s.stop()
	if r := must(t, "verify", "--data", s.data, "--known", known); strings.Count(r.out, "fit the public key") != 4 {
		t.Errorf("against what was known: %s", r.out)
	}
	tamper(t, filepath.Join(s.data, "village.db"), "UPDATE journal_entries SET record = CAST(replace(CAST(record AS TEXT), 'Hunan', 'Henan') AS BLOB) WHERE position = 1")
	r := run(t, "verify", "--data", s.data)
	if r.code != 1 || !strings.Contains(r.out, "logs/village: DOES NOT FIT: entry 1 (divisions/430000000000): ") || strings.Count(r.out, "fit the public key") != 3 {
		t.Errorf("after one entry was changed: exit %d\n%s%s", r.code, r.out, r.note)
	}
	if r.note != "" {
		t.Errorf("it is said twice: %s", r.note)
	}
}

// tamper changes a database directly, without the suite.
func tamper(t *testing.T, path, statement string) {
	t.Helper()
	db, err := database.Open(t.Context(), database.Config{URL: "sqlite://" + path})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := db.Apply(t.Context(), []database.Statement{{SQL: statement, Rows: 1}}); err != nil {
		t.Fatal(err)
	}
}

func TestDemoPrintsTheBulletinAlone(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	r := must(t, "demo", "--lang", "en")
	if !strings.HasPrefix(r.out, "Hunan Provincial Department of Civil Affairs\n") {
		t.Errorf("stdout begins with %.80q", r.out)
	}
	for _, figure := range []string{"1,459", "753", "more than 7,000,000"} {
		if !strings.Contains(r.out, figure) {
			t.Errorf("%s is not in the bulletin", figure)
		}
	}
	if !strings.Contains(r.note, "deliveries …\n") || strings.Contains(r.out, " …") {
		t.Errorf("progress: %s", r.note)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
