package suite_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/testing/protocmp"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"
	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal/verify"
	"github.com/wancun/wancun/platform/servertest"
	"github.com/wancun/wancun/wancun/internal/demo"
	"github.com/wancun/wancun/wancun/internal/scenario"
	"github.com/wancun/wancun/wancun/internal/suite"
)

func config(dir string) suite.Config {
	return suite.Config{Dir: dir, Clock: time.Now, Logger: slog.New(slog.DiscardHandler)}
}

// open opens a suite until the test ends; the test may close it earlier.
func open(t *testing.T, c suite.Config) *suite.Suite {
	t.Helper()
	s, err := suite.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, s) })
	return s
}

func shut(t *testing.T, s *suite.Suite) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// as returns a context with the token of a caller with a role.
func as(t *testing.T, s *suite.Suite, role accessv1.Grant_Role) context.Context {
	t.Helper()
	token, err := s.Mint("somebody", []*accessv1.Grant{{Role: role}}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return client.WithToken(t.Context(), token)
}

// write imports a division and returns it.
func write(t *testing.T, s *suite.Suite) *villagev1.Division {
	t.Helper()
	divisions := villagev1.NewDivisionServiceClient(s.Conn())
	province := &villagev1.Division{Code: "430000000000", DisplayName: "湖南省", Level: villagev1.Division_PROVINCE}
	_, err := divisions.ImportDivisions(as(t, s, accessv1.Grant_PROVINCE_ADMIN), &villagev1.ImportDivisionsRequest{
		Edition: "2020-06-30", Divisions: []*villagev1.Division{province},
	})
	if err != nil {
		t.Fatal(err)
	}
	return read(t, s)
}

func read(t *testing.T, s *suite.Suite) *villagev1.Division {
	t.Helper()
	d, err := villagev1.NewDivisionServiceClient(s.Conn()).GetDivision(t.Context(), &villagev1.GetDivisionRequest{Name: "divisions/430000000000"})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestADirectoryInUseIsRefused(t *testing.T) {
	dir := t.TempDir()
	first := open(t, config(dir))
	second, err := suite.Open(t.Context(), config(dir))
	var inUse *suite.InUseError
	if second != nil || !errors.As(err, &inUse) || inUse.Dir != dir || !strings.Contains(err.Error(), dir) {
		t.Fatalf("the second suite: %v, %v", second, err)
	}
	write(t, first)
	shut(t, first)
	shut(t, open(t, config(dir)))
}

func TestADirectoryKeepsWhatWasWritten(t *testing.T) {
	dir := t.TempDir()
	s := open(t, config(dir))
	written := write(t, s)
	shut(t, s)
	if diff := cmp.Diff(written, read(t, open(t, config(dir))), protocmp.Transform()); diff != "" {
		t.Errorf("changed over the restart:\n%s", diff)
	}
}

func TestADirectoryThatANewerProgramHasOpenedIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	shut(t, open(t, config(dir)))
	overtake(t, filepath.Join(dir, "village.db"))
	s, err := suite.Open(t.Context(), config(dir))
	var ahead *database.SchemaError
	if s != nil || !errors.As(err, &ahead) || !ahead.TooNew() || ahead.VersionTable != "village_version" {
		t.Errorf("opened: %v, %v", s, err)
	}
}

// overtake gives a database the schema version of a later build.
func overtake(t *testing.T, file string) {
	t.Helper()
	db, err := database.Open(t.Context(), database.Config{URL: "sqlite://" + file})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Apply(t.Context(), []database.Statement{{
		SQL: "INSERT INTO village_version (version_id, is_applied) VALUES (99999, TRUE)", Rows: 1,
	}})
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// contents returns the files of a directory with their modes.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = info.Mode().Perm().String() + " " + string(text)
	}
	return out
}

func TestSecretsAreTheirOwnersAloneAndKept(t *testing.T) {
	dir := t.TempDir()
	shut(t, open(t, config(dir)))
	made := contents(t, filepath.Join(dir, "keys"))
	if want := 3 + 2*len(services.All()); len(made) != want {
		t.Errorf("%d files, want %d: %v", len(made), want, maps.Keys(made))
	}
	for name, text := range made {
		want := fs.FileMode(0o600)
		if strings.HasSuffix(name, ".pub") {
			want = 0o644
		}
		if !strings.HasPrefix(text, want.String()) {
			t.Errorf("%s is %.10s, want %s", name, text, want)
		}
	}
	shut(t, open(t, config(dir)))
	if diff := cmp.Diff(made, contents(t, filepath.Join(dir, "keys"))); diff != "" {
		t.Errorf("changed over the restart:\n%s", diff)
	}
}

func TestALostKeyIsNotMadeAgain(t *testing.T) {
	dir := t.TempDir()
	shut(t, open(t, config(dir)))
	for _, name := range []string{"page.key", "personal.key", "village.key"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, "keys", name)
			if err := os.Rename(path, path+".away"); err != nil {
				t.Fatal(err)
			}
			before := contents(t, filepath.Join(dir, "keys"))
			if s, err := suite.Open(t.Context(), config(dir)); s != nil || err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("opened without it: %v", err)
			}
			if diff := cmp.Diff(before, contents(t, filepath.Join(dir, "keys"))); diff != "" {
				t.Errorf("the attempt changed the keys:\n%s", diff)
			}
			if err := os.Rename(path+".away", path); err != nil {
				t.Fatal(err)
			}
		})
	}
	t.Run("but a public key is taken from the private one", func(t *testing.T) {
		path := filepath.Join(dir, "keys", "village.pub")
		before := contents(t, filepath.Join(dir, "keys"))
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		shut(t, open(t, config(dir)))
		if diff := cmp.Diff(before, contents(t, filepath.Join(dir, "keys"))); diff != "" {
			t.Errorf("not as it was:\n%s", diff)
		}
	})
}

func TestADirectoryThatNoSuiteHasRunOnIsNotMadeOne(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	_, auditing := suite.OpenJournals(t.Context(), config(dir))
	_, minting := suite.OpenIssuer(t.Context(), config(dir))
	for what, err := range map[string]error{"auditing": auditing, "minting": minting} {
		if err == nil || !strings.Contains(err.Error(), "is not a data directory") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the directory: %v", err)
	}
}

func TestATokenMintedBesideTheSuiteIsAccepted(t *testing.T) {
	dir := t.TempDir()
	s := open(t, config(dir))
	issuer, err := suite.OpenIssuer(t.Context(), config(dir))
	if err != nil {
		t.Fatal(err)
	}
	token, err := issuer.Mint("script", []*accessv1.Grant{{Role: accessv1.Grant_AUDITOR}}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := journalv1.NewJournalServiceClient(s.Conn()).Read(client.WithToken(t.Context(), token), &journalv1.ReadRequest{Log: "logs/org"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil && err.Error() != "EOF" {
		t.Error(err)
	}
}

// numbered writes an entry and waits until it is numbered: a checkpoint covers every earlier write. An audit only reads
// and numbers nothing.
func numbered(t *testing.T, s *suite.Suite) {
	t.Helper()
	write(t, s)
	_, err := journalv1.NewJournalServiceClient(s.Conn()).GetCheckpoint(t.Context(), &journalv1.GetCheckpointRequest{Log: "logs/village"})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheJournalsAreAuditedWhileTheSuiteServes(t *testing.T) {
	dir := t.TempDir()
	numbered(t, open(t, config(dir)))
	journals, err := suite.OpenJournals(t.Context(), config(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := journals.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, log := range services.All() {
		key, err := suite.PublicKey(dir, log)
		if err != nil {
			t.Fatal(err)
		}
		result, err := verify.Log(t.Context(), verify.Config{Client: journals.Client(log), Log: log, Key: key})
		if err != nil || (result.Entries > 0) != (log == "village") {
			t.Errorf("logs/%s: %+v, %v", log, result, err)
		}
	}
}

func TestAnAuditNeedsNoPrivateKeyAndMakesNoFile(t *testing.T) {
	dir := t.TempDir()
	s := open(t, config(dir))
	numbered(t, s)
	shut(t, s)
	if err := os.RemoveAll(filepath.Join(dir, "keys")); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	journals, err := suite.OpenJournals(t.Context(), config(dir))
	if err != nil {
		t.Fatal(err)
	}
	checkpoint, err := journals.Client("village").GetCheckpoint(t.Context(), &journalv1.GetCheckpointRequest{Log: "logs/village"})
	if err != nil || checkpoint.GetSize() != 1 {
		t.Errorf("logs/village: %v, %v", checkpoint, err)
	}
	if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
		t.Errorf("the audit changed the directory:\n%s", diff)
	}
	if err := journals.Close(); err != nil {
		t.Error(err)
	}
	t.Run("nor an empty journal where one is missing", func(t *testing.T) {
		if err := os.MkdirAll(filepath.Join(dir, "keys"), 0o700); err != nil {
			t.Fatal(err)
		}
		lost := filepath.Join(dir, "action.db")
		if err := os.Remove(lost); err != nil {
			t.Fatal(err)
		}
		_, err := suite.OpenJournals(t.Context(), config(dir))
		if err == nil || !strings.Contains(err.Error(), lost+" is missing") {
			t.Errorf("opened: %v", err)
		}
		if _, err := os.Stat(lost); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the file: %v", err)
		}
	})
}

// serve serves the suite on loopback addresses. stop stops it and returns the error of Serve.
func serve(t *testing.T, s *suite.Suite) (rest, rpc string, stop func() error) {
	t.Helper()
	var listeners [2]net.Listener
	for i := range listeners {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listeners[i] = l
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, listeners[0], listeners[1]) }()
	return "http://" + listeners[0].Addr().String(), listeners[1].Addr().String(), func() error { cancel(); return <-ended }
}

func TestWhatFollowsAJournalDoesNotHoldUpTheStop(t *testing.T) {
	s := open(t, config(t.TempDir()))
	rest, rpc, stop := serve(t, s)
	conn := servertest.Dial(t, rpc)
	ctx := as(t, s, accessv1.Grant_AUDITOR)
	stream, err := journalv1.NewJournalServiceClient(conn).Read(ctx, &journalv1.ReadRequest{Log: "logs/org", Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	token, err := s.Mint("somebody", []*accessv1.Grant{{Role: accessv1.Grant_AUDITOR}}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, rest+"/v1/logs/org/entries?follow=true", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+token)
	r, err := http.DefaultClient.Do(q)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatal(r, err)
	}
	defer func() { _ = r.Body.Close() }()
	if err := stop(); err != nil { // otherwise REST would end the stream only at the drain limit, with an error
		t.Error(err)
	}
}

func TestCloseStopsEverything(t *testing.T) {
	before := goleak.IgnoreCurrent()
	s, err := suite.Open(t.Context(), config(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	rest, _, stop := serve(t, s)
	write(t, s)
	transport := &http.Transport{}
	r, err := (&http.Client{Transport: transport}).Get(rest + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close()
	transport.CloseIdleConnections()
	if err := errors.Join(stop(), s.Close()); err != nil {
		t.Fatal(err)
	}
	goleak.VerifyNone(t, before)
}

// load loads the demonstration and returns the length of each journal.
func load(t *testing.T, s *suite.Suite, progress func(done, total int, stage string)) map[string]int64 {
	t.Helper()
	player := scenario.Player{Conn: s.Conn(), Mint: s.Mint, Progress: progress}
	if err := demo.Load(t.Context(), player); err != nil {
		t.Fatal(err)
	}
	sizes := map[string]int64{}
	for _, log := range services.All() {
		c, err := journalv1.NewJournalServiceClient(s.Conn()).GetCheckpoint(t.Context(), &journalv1.GetCheckpointRequest{Log: "logs/" + log})
		if err != nil {
			t.Fatal(err)
		}
		sizes[log] = c.GetSize()
	}
	return sizes
}

func TestTheDemonstrationIsLoadedOnce(t *testing.T) {
	s := open(t, config(t.TempDir()))
	first := load(t, s, func(int, int, string) {})
	for log, size := range first {
		if size == 0 {
			t.Errorf("logs/%s is empty", log)
		}
	}
	again := load(t, s, func(_, _ int, stage string) { t.Errorf("the second load begins %s", stage) })
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the second load wrote something:\n%s", diff)
	}
}

func TestPostgresHoldsASchemaPerService(t *testing.T) {
	address := servertest.Postgres(t)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	prefix := u.Query().Get("search_path")
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		for _, log := range services.All() {
			if _, err := conn.Exec(ctx, "DROP SCHEMA IF EXISTS "+prefix+log+" CASCADE"); err != nil {
				t.Error(err)
			}
		}
		_ = conn.Close(ctx)
	})
	c := config(t.TempDir())
	c.Postgres = address
	s := open(t, c)
	written := write(t, s)
	shut(t, s)
	if diff := cmp.Diff(written, read(t, open(t, c)), protocmp.Transform()); diff != "" {
		t.Errorf("changed over the restart:\n%s", diff)
	}
	var schemas int
	if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM information_schema.schemata WHERE schema_name LIKE $1", prefix+"_%").Scan(&schemas); err != nil {
		t.Fatal(err)
	}
	if schemas != len(services.All()) {
		t.Errorf("%d schemas", schemas)
	}
	if files, _ := filepath.Glob(filepath.Join(c.Dir, "*.db")); len(files) > 0 {
		t.Errorf("files %v beside PostgreSQL", files)
	}
}
