package suite

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/wancun/wancun/proto/services"
)

// Engines runs a test on SQLite, and also on PostgreSQL if WANCUN_TEST_POSTGRES names a server.
func Engines(t *testing.T, story func(t *testing.T, o Options)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { story(t, Options{}) })
	t.Run("postgres", func(t *testing.T) { story(t, Options{Postgres: Postgres(t)}) })
}

// Postgres returns the URL of a PostgreSQL database with new schemas for the test, which are dropped at its end.
// Without a server the test is skipped, or fails if CI=true.
func Postgres(tb testing.TB) string {
	tb.Helper()
	server := Given(tb, "WANCUN_TEST_POSTGRES")
	address, err := url.Parse(server)
	if err != nil {
		tb.Fatalf("WANCUN_TEST_POSTGRES: %v", err)
	}
	prefix := "test_" + strings.ToLower(rand.Text()) + "_"
	tb.Cleanup(func() { dropSchemas(tb, server, prefix) })
	query := address.Query()
	query.Set("search_path", prefix) // each service appends its name to this prefix
	address.RawQuery = query.Encode()
	return address.String()
}

// Redis returns the URL of a Redis that tests share. Without one the test is skipped, or fails if CI=true.
func Redis(tb testing.TB) string {
	tb.Helper()
	return Given(tb, "WANCUN_TEST_REDIS")
}

// Given returns the server that an environment variable names. Without it the test is skipped, or fails if CI=true.
func Given(tb testing.TB, variable string) string {
	tb.Helper()
	server := os.Getenv(variable)
	if server == "" {
		Missing(tb, variable+" is not set")
	}
	return server
}

// Missing skips the test because the machine lacks something. If CI=true, the test fails.
func Missing(tb testing.TB, what string) {
	tb.Helper()
	if os.Getenv("CI") == "true" {
		tb.Fatal(what + ", and CI=true allows no skipping")
	}
	tb.Skip("skipped: " + what)
}

func dropSchemas(tb testing.TB, server, prefix string) {
	tb.Helper()
	ctx := context.WithoutCancel(tb.Context())
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		tb.Errorf("connect to WANCUN_TEST_POSTGRES: %v", err)
		return
	}
	defer conn.Close(ctx) //nolint:errcheck // nothing is left to lose
	for _, service := range services.All() {
		if _, err := conn.Exec(ctx, fmt.Sprintf("DROP SCHEMA IF EXISTS %s%s CASCADE", prefix, service)); err != nil {
			tb.Errorf("drop schema: %v", err)
		}
	}
}
