package bench

import (
	"context"
	"log/slog"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/server"
	"github.com/wancun/wancun/platform/servertest"
	"github.com/wancun/wancun/services/action"
	"github.com/wancun/wancun/services/report"
)

// engines runs a benchmark on PostgreSQL, if a server is available, and on SQLite. Each call of empty makes an empty
// database.
func engines(b *testing.B, run func(b *testing.B, empty func() string)) {
	b.Run("postgres", func(b *testing.B) {
		run(b, func() string { return servertest.Postgres(b) })
	})
	b.Run("sqlite", func(b *testing.B) {
		run(b, func() string {
			file := url.URL{Scheme: "sqlite", Path: filepath.Join(b.TempDir(), "bench.db")}
			return file.String()
		})
	})
}

// migrated opens a database and creates the tables of a service.
func migrated(b *testing.B, target string, migrate func(context.Context, *database.DB) error) *database.DB {
	b.Helper()
	return traced(b, target, migrate, nil)
}

// traced is migrated with a tracer.
func traced(b *testing.B, target string, migrate func(context.Context, *database.DB) error, tracer trace.TracerProvider) *database.DB {
	b.Helper()
	db, err := database.Open(b.Context(), database.Config{URL: target, Tracer: tracer})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { closed(b, db.Close) })
	if err := migrate(b.Context(), db); err != nil {
		b.Fatal(err)
	}
	return db
}

func closed(b *testing.B, end func() error) {
	if err := end(); err != nil {
		b.Errorf("close: %v", err)
	}
}

// quiet returns a logger that logs as `wancun up` does: refusals and the server's own errors, but not each call.
func quiet(b *testing.B) *slog.Logger {
	return slog.New(slog.NewTextHandler(b.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// deps returns what a service with the journal of that name is opened with.
func deps(b *testing.B, log string, db *database.DB) resource.Deps {
	b.Helper()
	d := servertest.Deps(b, log, db)
	d.NewID, d.Logger = newID, quiet(b)
	return d
}

// newServer returns a server with all interceptors.
func newServer(b *testing.B) *server.Server {
	b.Helper()
	s, err := server.New(server.Config{}, server.Deps{Verifier: servertest.Verifier(b), Logger: quiet(b), Clock: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// serve runs services on a loopback port and returns its address.
func serve(b *testing.B, register ...func(grpc.ServiceRegistrar)) string {
	b.Helper()
	s := newServer(b)
	for _, r := range register {
		r(s)
	}
	return servertest.Serve(b, s)
}

// openAction opens the action service. tracer may be nil.
func openAction(b *testing.B, target string, tracer trace.TracerProvider) *resource.Kit {
	b.Helper()
	return servertest.Open(b, action.Service(), deps(b, "action", traced(b, target, action.Service().Migrate, tracer)),
		action.Peers{Organizations: register{}, Scopes: atlas{}})
}

// openReport opens a report service that follows action's journal at an address.
func openReport(b *testing.B, target, journals string) *resource.Kit {
	b.Helper()
	conn := servertest.Dial(b, journals)
	s, err := report.Service().Open(as(b.Context(), "report", accessv1.Grant_INTERNAL_SYSTEM),
		deps(b, "report", migrated(b, target, report.Service().Migrate)), report.Peers{Journals: map[string]journalv1.JournalServiceClient{
			"org": idle{}, "village": idle{}, "action": journalv1.NewJournalServiceClient(conn),
		}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { closed(b, s.Close) })
	return s
}

// newID returns an id that sorts by time, as the binary's ids do.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

func as(ctx context.Context, subject string, role accessv1.Grant_Role, areaAndOrganization ...string) context.Context {
	return servertest.As(ctx, subject, servertest.Grant(role, areaAndOrganization...))
}
