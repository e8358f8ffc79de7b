package config_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wancun/wancun/platform/config"
)

// settings are like those of a service of the suite.
type settings struct {
	GRPC     string            `name:"grpc" default:"127.0.0.1:9090" help:"Address to serve on."`
	Database databaseSettings  `embed:"" prefix:"database."`
	Drain    time.Duration     `default:"20s" help:"How long to wait for calls under way."`
	Edition  string            `help:"Edition of the division codes."`
	Peers    []string          `help:"Accepted peers."`
	Labels   map[string]string `help:"Resource attributes."`
	PageKey  config.SecretFile `name:"page-key-file" help:"Key of the page tokens."`
	Token    config.Secret     `help:"Token for the peers."`
	TraceAll bool              `help:"Record every trace."`
}

type databaseSettings struct {
	URL      config.Secret `required:"" help:"Where the data is."`
	MaxConns int           `help:"Connections at most; 0 lets the pool decide."`
}

const url = "postgres://wancun:s3cret@db.example:5432/wancun?search_path=org&sslpassword=s3cret"

func TestASettingIsTakenFromFlagThenEnvironmentThenFileThenDefault(t *testing.T) {
	file := write(t, "grpc: from-file\ndatabase:\n  url: from-file\n  max-conns: 7\ndrain: 5s\n")
	t.Setenv("WANCUN_DATABASE_URL", "from-env")
	t.Setenv("WANCUN_DRAIN", "6s")
	got := parse(t, "--config", file, "--drain=7s")
	want := settings{GRPC: "from-file", Drain: 7 * time.Second, Database: databaseSettings{URL: "from-env", MaxConns: 7}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(config.SecretFile{})); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

func TestTheFileMayBeNamedByTheEnvironment(t *testing.T) {
	t.Setenv("WANCUN_CONFIG", write(t, "database: {url: from-file}"))
	if got := parse(t); got.Database.URL != "from-file" {
		t.Errorf("url = %q", got.Database.URL.Reveal())
	}
}

func TestWhatTheFileSaysIsTakenAsWritten(t *testing.T) {
	got := parse(t, "--config", write(t, `
# codes and versions are no numbers
edition: 0433
database: {url: "postgres://h/a b", max-conns: 12}
peers: [report, 1.10]
labels: {zone: east, version: 1.10}
trace-all: true
token: |
  two
  lines
drain:
`))
	want := settings{
		GRPC: "127.0.0.1:9090", Drain: 20 * time.Second, Edition: "0433", TraceAll: true, Token: "two\nlines\n",
		Peers: []string{"report", "1.10"}, Labels: map[string]string{"zone": "east", "version": "1.10"},
		Database: databaseSettings{URL: "postgres://h/a b", MaxConns: 12},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(config.SecretFile{})); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

func TestWhatCannotBeRightIsRefusedByName(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "absent")
	cases := []struct {
		name, file string
		args       []string
		want       string
	}{
		{"a required setting is missing", "", nil, "--database.url"},
		{"an unknown key", "database: {url: x}\ndrian: 5s", nil, "drian"},
		{"an unknown key below", "database: {url: x, ulr: y}", nil, "database.ulr"},
		{"a file that names a file", "database: {url: x}\nconfig: other.yaml", nil, "config"},
		{"a value that does not fit", "database: {url: x, max-conns: many}", nil, "--database.max-conns"},
		{"a key given twice", "grpc: a\ngrpc: b\ndatabase: {url: x}", nil, "grpc"},
		{"a list instead of settings", "- a\n- b", nil, "maps settings"},
		{"two documents", "grpc: a\n---\ngrpc: b", nil, "one document"},
		{"an anchor", "grpc: &a x\ndatabase: {url: *a}", nil, "not supported"},
		{"an unknown flag", "database: {url: x}", []string{"--drian=5s"}, "--drian"},
		{"a secret's file that is not there", "database: {url: x}", []string{"--page-key-file", missing}, "--page-key-file"},
		{"a secret's file that is empty", "database: {url: x}", []string{"--page-key-file", write(t, "\n")}, "is empty"},
		{"a secret's file that is a folder", "database: {url: x}", []string{"--page-key-file", t.TempDir()}, "is not a file"},
		{"a settings file that is not there", "", []string{"--config", missing}, missing},
		{"a printed placeholder", "database: {url: 'postgres://wancun:HIDDEN@db/wancun'}", nil, "--database.url"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			args := c.args
			if c.file != "" {
				args = append([]string{"--config", write(t, c.file)}, args...)
			}
			_, err := try(new(settings), nil, args...)
			if err == nil || errors.Is(err, config.ErrDone) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Parse = %v, want an error that names %q", err, c.want)
			}
		})
	}
}

func TestPrintConfigShowsWhatIsInEffectAndNoSecret(t *testing.T) {
	t.Setenv("WANCUN_TOKEN", "s3cret")
	key := write(t, "s3cret key\n")
	var out bytes.Buffer
	_, err := try(new(settings), &out, "--print-config", "--database.url="+url, "--page-key-file", key, "--peers=a,b", "--labels=zone=east")
	if !errors.Is(err, config.ErrDone) {
		t.Fatalf("Parse = %v, want ErrDone", err)
	}
	want := fmt.Sprintf(`grpc: 127.0.0.1:9090
database:
  url: postgres://wancun:HIDDEN@db.example:5432/wancun
  max-conns: 0
drain: 20s
edition: ""
peers:
- a
- b
labels:
  zone: east
page-key-file: %s
token: HIDDEN
trace-all: false
`, key)
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("printed (-want +got):\n%s", diff)
	}
}

func TestWhatPrintConfigShowsIsAFileThatGivesTheSameAgain(t *testing.T) {
	var first, second bytes.Buffer
	_, _ = try(new(settings), &first, "--print-config", "--database.url=sqlite:///data/org.db", "--drain=90s", "--edition=0433", "--peers=a")
	_, err := try(new(settings), &second, "--print-config", "--config", write(t, first.String()))
	if !errors.Is(err, config.ErrDone) || first.String() != second.String() {
		t.Errorf("Parse = %v; first:\n%s\nthen:\n%s", err, &first, &second)
	}
}

func TestASecretIsSeenOnlyWhenRevealed(t *testing.T) {
	file := parse(t, "--database.url=x", "--page-key-file", write(t, "s3cret\r\n")).PageKey
	if string(file.Bytes()) != "s3cret" {
		t.Errorf("Bytes() = %q", file.Bytes())
	}
	var log bytes.Buffer
	for _, secret := range []any{config.Secret("s3cret"), config.Secret(url), config.Secret("postgres://s3cret:%zz@"), file} {
		slog.New(slog.NewJSONHandler(&log, nil)).Info("starting", "secret", secret)
		seen := fmt.Sprintf("%v %+v %#v %s %q %s", secret, secret, secret, secret, secret, &log)
		if strings.Contains(seen, "s3cret") {
			t.Errorf("a secret is seen: %s", seen)
		}
	}
	if config.Secret(url).Reveal() != url {
		t.Error("Reveal does not reveal")
	}
}

func TestASecretMayBeGivenAsItselfOrInAFileButNotBoth(t *testing.T) {
	file := parse(t, "--database.url=x", "--page-key-file", write(t, "from-file\n")).PageKey
	for _, c := range []struct {
		secret config.Secret
		file   config.SecretFile
		want   string
		refuse bool
	}{
		{"plain", config.SecretFile{}, "plain", false},
		{"", file, "from-file", false},
		{"", config.SecretFile{}, "", false},
		{"plain", file, "", true},
	} {
		got, err := c.secret.Or(c.file)
		if got.Reveal() != c.want || (err != nil) != c.refuse {
			t.Errorf("Or = %q, %v; want %q", got.Reveal(), err, c.want)
		}
	}
}

func TestHelpIsPrintedEvenIfSettingsAreMissing(t *testing.T) {
	var out bytes.Buffer
	_, err := try(new(settings), &out, "--help")
	if !errors.Is(err, config.ErrDone) || !strings.Contains(out.String(), "$WANCUN_DATABASE_MAX_CONNS") {
		t.Errorf("Parse = %v, printed:\n%s", err, &out)
	}
}

func TestAProgramWithCommandsReadsOneFileForAllOfThem(t *testing.T) {
	type program struct {
		Up struct {
			Data string `default:"./data"`
		} `cmd:""`
		Load struct {
			Server string   `default:"http://127.0.0.1:8080"`
			File   []string `arg:""`
		} `cmd:""`
	}
	file := write(t, "data: /srv/wancun\nserver: https://wancun.example\n")
	for _, c := range []struct{ args, want string }{
		{"up --config=" + file, "/srv/wancun http://127.0.0.1:8080 []"},
		{"load needs.csv --config=" + file, "./data https://wancun.example [needs.csv]"},
	} {
		var p program
		if _, err := try(&p, nil, strings.Fields(c.args)...); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(p.Up.Data, " ", p.Load.Server, " ", p.Load.File); got != c.want {
			t.Errorf("%s gives %s, want %s", c.args, got, c.want)
		}
	}
}

func parse(t *testing.T, args ...string) settings {
	t.Helper()
	var s settings
	if _, err := try(&s, nil, args...); err != nil {
		t.Fatal(err)
	}
	return s
}

func try(into any, out *bytes.Buffer, args ...string) (string, error) {
	if out == nil {
		out = new(bytes.Buffer)
	}
	ctx, err := config.Parse(config.Program{Name: "org", Description: "Organizations.", Args: args, Stdout: out, Stderr: out}, into)
	if err != nil {
		return "", err
	}
	return ctx.Command(), nil
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
