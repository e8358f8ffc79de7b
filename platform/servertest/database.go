package servertest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/wancun/wancun/platform/database"
)

// Database returns an empty SQLite database in a temporary directory of the test.
func Database(tb testing.TB) *database.DB {
	tb.Helper()
	address := url.URL{Scheme: "sqlite", Path: filepath.Join(tb.TempDir(), "test.db")} // a subtest's name may contain #
	return open(tb, address.String())
}

// Engines runs the test on an empty SQLite database, and on an empty PostgreSQL database if a server is configured.
func Engines(t *testing.T, test func(t *testing.T, db *database.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, Database(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, open(t, Postgres(t))) })
}

func open(tb testing.TB, address string) *database.DB {
	tb.Helper()
	db, err := database.Open(tb.Context(), database.Config{URL: address})
	if err != nil {
		tb.Fatalf("open database: %v", err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Errorf("close database: %v", err)
		}
	})
	return db
}

// Postgres returns the URL of a PostgreSQL database with a schema for this test alone. The schema is dropped when the
// test ends.
func Postgres(tb testing.TB) string {
	tb.Helper()
	address, err := url.Parse(realServer(tb, "WANCUN_TEST_POSTGRES"))
	if err != nil {
		tb.Fatalf("WANCUN_TEST_POSTGRES: %v", err)
	}
	schema := "test_" + strings.ToLower(rand.Text())
	onPostgres(tb, address, "CREATE SCHEMA "+schema)
	tb.Cleanup(func() { onPostgres(tb, address, "DROP SCHEMA "+schema+" CASCADE") })
	own := *address
	query := own.Query()
	query.Set("search_path", schema)
	own.RawQuery = query.Encode()
	return own.String()
}

// onPostgres uses its own context, because the context of the test has ended when the schema is dropped.
func onPostgres(tb testing.TB, address *url.URL, statement string) {
	tb.Helper()
	ctx := context.WithoutCancel(tb.Context())
	conn, err := pgx.Connect(ctx, address.String())
	if err != nil {
		tb.Fatalf("connect to WANCUN_TEST_POSTGRES: %v", err)
	}
	if _, err := conn.Exec(ctx, statement); err != nil {
		tb.Errorf("%s: %v", statement, err)
	}
	if err := conn.Close(ctx); err != nil {
		tb.Errorf("close connection: %v", err)
	}
}

// realServer returns the URL in an environment variable. If it is not set, the test is skipped or fails.
func realServer(tb testing.TB, variable string) string {
	tb.Helper()
	address := os.Getenv(variable)
	if address == "" && os.Getenv("CI") == "true" {
		tb.Fatalf("%s is not set, and CI=true allows no skipping", variable)
	}
	if address == "" {
		tb.Skipf("skipped: %s is not set", variable)
	}
	return address
}
