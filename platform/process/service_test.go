package process_test

import (
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc/health/grpc_health_v1"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/process/processtest"
)

func TestAServiceIsMigratedServesAndDrains(t *testing.T) {
	s := newToy()
	db := processtest.Database(t)
	processtest.MustRun(t, s.program(), with([]string{"migrate"}, db...)...)
	p := processtest.Start(t, s.program(), with(db, processtest.Flags(t, "toy")...)...)

	conn := dial(t, p.Address)
	for _, service := range []string{"", journalv1.JournalService_ServiceDesc.ServiceName, "live"} {
		answer, err := grpc_health_v1.NewHealthClient(conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: service})
		if err != nil || answer.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
			t.Errorf("health of %q = %v, %v", service, answer.GetStatus(), err)
		}
	}
	for _, path := range []string{"/livez", "/startupz", "/readyz", "/metrics"} {
		if status, text := p.Probe(t, path); status != http.StatusOK {
			t.Errorf("%s answers %d: %s", path, status, text)
		}
	}

	// A call is in flight when the process is stopped.
	type answer struct {
		size int64
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		c, err := journalv1.NewJournalServiceClient(conn).GetCheckpoint(t.Context(), &journalv1.GetCheckpointRequest{Log: "logs/toy"})
		answered <- answer{c.GetSize(), err}
	}()
	<-s.asked
	p.Signal()
	until(t, "not to be ready", func() bool { status, _ := p.Probe(t, "/readyz"); return status == http.StatusServiceUnavailable })
	for _, path := range []string{"/livez", "/startupz"} {
		if status, text := p.Probe(t, path); status != http.StatusOK {
			t.Errorf("%s answers %d while draining: %s", path, status, text)
		}
	}
	select {
	case <-s.done:
		t.Error("the service is closed while a call is under way")
	default:
	}
	close(s.let)
	if got := <-answered; got.err != nil || got.size != 7 {
		t.Errorf("the call under way = %d, %v", got.size, got.err)
	}
	if code := p.Stop(); code != 0 {
		t.Errorf("exit code = %d", code)
	}
	<-s.done
}

func TestASchemaThatDoesNotFitIsRefused(t *testing.T) {
	s := newToy()
	flags := processtest.Flags(t, "toy")
	t.Run("too old", func(t *testing.T) {
		code, _, log := processtest.Run(t, s.program(), with(processtest.Database(t), flags...)...)
		if code != 1 || !strings.Contains(log, "run its migrations first") {
			t.Errorf("exit code %d: %s", code, log)
		}
	})
	t.Run("too new", func(t *testing.T) {
		url := "sqlite://" + t.TempDir() + "/data.db"
		processtest.MustRun(t, s.program(), "migrate", "--database-url", url)
		overtake(t, url)
		for what, args := range map[string][]string{
			"serve": with(flags, "--database-url", url), "migrate": {"migrate", "--database-url", url},
		} {
			code, said, log := processtest.Run(t, s.program(), args...)
			if code != 1 || said != "" || !strings.Contains(log, "the migration 2, which this program does not know: run a newer program") {
				t.Errorf("%s: exit code %d: %s%s", what, code, said, log)
			}
		}
	})
}

// overtake gives the database the schema version of a later build.
func overtake(t *testing.T, url string) {
	t.Helper()
	db, err := database.Open(t.Context(), database.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Apply(t.Context(), []database.Statement{{
		SQL: "INSERT INTO " + versionTable + " (version_id, is_applied) VALUES (2, TRUE)", Rows: 1,
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsAmissIsSaidAndTheProcessEnds(t *testing.T) {
	s := newToy()
	db := processtest.Database(t)
	processtest.MustRun(t, s.program(), with([]string{"migrate"}, db...)...)
	good := with(db, processtest.Flags(t, "toy")...)
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"an address that is taken":       {[]string{"--listen", processtest.Start(t, newToy().program(), good...).Address}, "--listen"},
		"an ops port that is no address": {[]string{"--ops-listen", "nowhere"}, "--ops-listen"},
		"a page key that is none":        {[]string{"--page-key-file", processtest.File(t, "key", "short")}, "--page-key-file"},
		"a journal key that is none":     {[]string{"--journal-key-file", processtest.Key(t)}, "--journal-key-file"},
		"authorities that are none":      {[]string{"--oidc-ca-file", processtest.Key(t)}, "--oidc-ca-file"},
		"a database that is not there":   {[]string{"--database-url-file", processtest.File(t, "url", "sqlite:///no/such/folder/org.db")}, "open database"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, log := processtest.Run(t, s.program(), with(good, c.args...)...)
			if code != 1 || !strings.Contains(log, c.want) {
				t.Errorf("exit code %d, want 1 and %q: %s", code, c.want, log)
			}
		})
	}
}

// until polls until so returns true.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for !so() {
		if t.Context().Err() != nil {
			t.Fatalf("waited in vain for it %s", what)
		}
	}
}
