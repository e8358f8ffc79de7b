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
)

// services each keep a schema of their own.
var services = []string{"org", "village", "action", "report"}

// Engines runs a story on SQLite always, and on PostgreSQL too where WANCUN_TEST_POSTGRES names one.
func Engines(t *testing.T, story func(t *testing.T, o Options)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { story(t, Options{}) })
	t.Run("postgres", func(t *testing.T) { story(t, Options{Postgres: Postgres(t)}) })
}

// Postgres is the URL of a PostgreSQL database with schemas of the test's own, dropped when it ends. Without a server
// the test is skipped, or fails if CI=true.
func Postgres(tb testing.TB) string {
	tb.Helper()
	server := os.Getenv("WANCUN_TEST_POSTGRES")
	switch {
	case server == "" && os.Getenv("CI") == "true":
		tb.Fatal("WANCUN_TEST_POSTGRES is not set, and CI=true allows no skipping")
	case server == "":
		tb.Skip("skipped: WANCUN_TEST_POSTGRES is not set")
	}
	address, err := url.Parse(server)
	if err != nil {
		tb.Fatalf("WANCUN_TEST_POSTGRES: %v", err)
	}
	prefix := "test_" + strings.ToLower(rand.Text()) + "_"
	tb.Cleanup(func() { dropSchemas(tb, server, prefix) })
	query := address.Query()
	query.Set("search_path", prefix) // each service appends its name
	address.RawQuery = query.Encode()
	return address.String()
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
	for _, service := range services {
		if _, err := conn.Exec(ctx, fmt.Sprintf("DROP SCHEMA IF EXISTS %s%s CASCADE", prefix, service)); err != nil {
			tb.Errorf("drop schema: %v", err)
		}
	}
}
