package process_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/process"
	"github.com/wancun/wancun/platform/process/processtest"
)

// stocked returns a toy with a database of many pages. opened receives the database when the service is open.
func stocked(t *testing.T) (flags []string, file string, program processtest.Program, opened chan *database.DB) {
	t.Helper()
	s := newToy()
	flags = processtest.Database(t)
	processtest.MustRun(t, s.program(), with([]string{"migrate"}, flags...)...)
	url, err := os.ReadFile(flags[1])
	if err != nil {
		t.Fatal(err)
	}
	target := strings.TrimSpace(string(url))
	db, err := database.Open(t.Context(), database.Config{URL: target})
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]any
	for n := range 100 {
		rows = append(rows, []any{strings.Repeat(string(rune('a'+n)), 1000)})
	}
	err = db.Apply(t.Context(), db.Insert(database.Into("toys", "name"), rows))
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	opened = make(chan *database.DB, 1)
	service := process.Service[settings]{
		Name: "toy", Description: "A service.", Migrate: migrate, CheckSchema: checkSchema,
		Open: func(_ context.Context, _ *settings, _ *process.Process, storage process.Storage) (process.Opened, error) {
			opened <- storage.DB
			return s, nil
		},
	}
	return flags, strings.TrimPrefix(target, "sqlite://"),
		func(ctx context.Context, call process.Call) int { return process.Run(ctx, service, call) }, opened
}

// spoil overwrites all pages of a file but the first.
func spoil(t *testing.T, file string) {
	t.Helper()
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const sound = 6 << 12
	if err := os.WriteFile(file, append(whole[:sound:sound], strings.Repeat("x", len(whole)-sound)...), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAProcessWhoseDatabaseIsFoundDamagedIsNotReadyAndStillAnswers(t *testing.T) {
	flags, file, program, opened := stocked(t)
	p := processtest.Start(t, program, with(flags, processtest.Flags(t, "toy")...)...)
	db := <-opened
	spoil(t, file)
	if _, err := database.All[string](t.Context(), db.Reader(), "SELECT name FROM toys"); err == nil {
		t.Fatal("nothing is damaged")
	}
	if status, text := p.Probe(t, "/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(text, "STORAGE_DAMAGED") {
		t.Errorf("/readyz answers %d: %s", status, text)
	}
	for _, path := range []string{"/livez", "/startupz"} {
		if status, text := p.Probe(t, path); status != http.StatusOK {
			t.Errorf("%s answers %d: %s", path, status, text)
		}
	}
	health := grpc_health_v1.NewHealthClient(dial(t, p.Address))
	of := func(service string) grpc_health_v1.HealthCheckResponse_ServingStatus {
		answer, err := health.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: service})
		if err != nil {
			t.Fatal(err)
		}
		return answer.GetStatus()
	}
	until(t, "gRPC's health service to say so", func() bool { return of("") == grpc_health_v1.HealthCheckResponse_NOT_SERVING })
	for _, service := range []string{"live", "answering"} {
		if got := of(service); got != grpc_health_v1.HealthCheckResponse_SERVING {
			t.Errorf("health of %q = %v", service, got)
		}
	}
	if n := strings.Count(p.Log(), "storage is damaged"); n != 1 || !strings.Contains(p.Log(), file) {
		t.Errorf("%d lines say that %s is damaged, want 1:\n%s", n, file, p.Log())
	}
}

func TestAProcessDoesNotServeFromADamagedFile(t *testing.T) {
	flags, file, program, _ := stocked(t)
	spoil(t, file)
	code, _, log := processtest.Run(t, program, with(flags, processtest.Flags(t, "toy")...)...)
	if code != 1 || !strings.Contains(log, file) || !strings.Contains(log, "STORAGE_DAMAGED") {
		t.Errorf("code %d, want a failure that names %s:\n%s", code, file, log)
	}
}
