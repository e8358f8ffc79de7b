package database_test

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"

	"github.com/wancun/wancun/platform/database"
)

// tables is the schema of the tests: needs with a key and a revision, and a table that refers to them.
var tables = fstest.MapFS{
	"migrations/00001_needs.sql": {Data: []byte(`-- +goose Up
CREATE TABLE needs (
	name     TEXT PRIMARY KEY,
	revision BIGINT NOT NULL,
	village  BIGINT NOT NULL,
	open     BOOLEAN NOT NULL,
	body     BYTEA
);
CREATE TABLE replies (
	name TEXT PRIMARY KEY,
	need TEXT NOT NULL REFERENCES needs (name)
);
`)},
	"migrations/00002_log.sqlite.sql": {Data: []byte(`-- +goose Up
CREATE TABLE log (seq INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL);
`)},
	"migrations/00002_log.postgres.sql": {Data: []byte(`-- +goose Up
CREATE TABLE log (seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, entry TEXT NOT NULL);
`)},
}

const versions = "test_schema"

// engines runs story on SQLite, and on PostgreSQL when WANCUN_TEST_POSTGRES names a server.
func engines(t *testing.T, story func(t *testing.T, db *database.DB)) {
	t.Helper()
	for _, engine := range everyEngine {
		t.Run(engine.name, func(t *testing.T) { story(t, migrated(t, engine.url(t))) })
	}
}

var everyEngine = []struct {
	name string
	url  func(testing.TB) string
}{{"sqlite", sqliteURL}, {"postgres", postgresURL}}

func sqliteURL(tb testing.TB) string {
	tb.Helper()
	return "sqlite://" + filepath.Join(tb.TempDir(), "test.db")
}

// postgresURL returns the URL of a new schema, which is dropped at the end of the test.
func postgresURL(tb testing.TB) string {
	tb.Helper()
	server := os.Getenv("WANCUN_TEST_POSTGRES")
	if server == "" {
		if os.Getenv("CI") == "true" {
			tb.Fatal("WANCUN_TEST_POSTGRES is not set")
		}
		tb.Skip("WANCUN_TEST_POSTGRES is not set")
	}
	target, err := url.Parse(server)
	if err != nil {
		tb.Fatal("WANCUN_TEST_POSTGRES is not a URL")
	}
	schema := fmt.Sprintf("db_%d_%s", os.Getpid(), strings.ToLower(strings.NewReplacer("/", "_", "#", "_").Replace(tb.Name())))
	schema = schema[:min(len(schema), 63)]
	query := target.Query()
	query.Set("search_path", schema)
	target.RawQuery = query.Encode()
	tb.Cleanup(func() { dropSchema(tb, server, schema) })
	return target.String()
}

func dropSchema(tb testing.TB, server, schema string) {
	tb.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		tb.Errorf("connect to drop the schema: %v", err)
		return
	}
	_, err = conn.Exec(ctx, "DROP SCHEMA IF EXISTS "+pgx.Identifier{schema}.Sanitize()+" CASCADE")
	if err = cmp.Or(err, conn.Close(ctx)); err != nil {
		tb.Errorf("drop schema %s: %v", schema, err)
	}
}

func open(tb testing.TB, target string) *database.DB {
	tb.Helper()
	db, err := database.Open(tb.Context(), database.Config{URL: target})
	if err != nil {
		tb.Fatalf("open: %v", err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return db
}

func migrated(tb testing.TB, target string) *database.DB {
	tb.Helper()
	db := open(tb, target)
	if err := db.Migrate(tb.Context(), tables, versions); err != nil {
		tb.Fatalf("migrate: %v", err)
	}
	return db
}

const insertNeed = "INSERT INTO needs (name, revision, village, open, body) VALUES ($1, $2, $3, $4, $5)"

// need returns the statement that creates the named need at revision 1.
func need(name string) database.Statement {
	return database.Statement{
		SQL: insertNeed, Args: []any{name, int64(1), int64(433124001201), true, []byte(name)}, Rows: database.AnyRows,
	}
}

// rows returns the statements that insert the named needs as whole rows, at revision 1.
func rows(db *database.DB, names ...string) []database.Statement {
	values := make([][]any, len(names))
	for i, name := range names {
		values[i] = need(name).Args
	}
	return db.Insert(database.Into("needs", "name", "revision", "village", "open", "body"), values)
}

// revise returns the statement that updates the named need from this revision to the next.
func revise(name string, from int64) database.Statement {
	return database.Statement{
		SQL:  "UPDATE needs SET revision = $3 WHERE name = $1 AND revision = $2",
		Args: []any{name, from, from + 1}, Rows: 1,
	}
}

func apply(tb testing.TB, db *database.DB, statements ...database.Statement) {
	tb.Helper()
	if err := db.Apply(tb.Context(), statements); err != nil {
		tb.Fatalf("apply: %v", err)
	}
}

// names returns the names of the stored needs, in order.
func names(tb testing.TB, q database.Querier) []string {
	tb.Helper()
	all, err := database.All[string](tb.Context(), q, "SELECT name FROM needs ORDER BY name")
	if err != nil {
		tb.Fatalf("read needs: %v", err)
	}
	return all
}

func revision(tb testing.TB, q database.Querier, name string) int64 {
	tb.Helper()
	r, err := database.One[int64](tb.Context(), q, "SELECT revision FROM needs WHERE name = $1", name)
	if err != nil {
		tb.Fatalf("read revision of %s: %v", name, err)
	}
	return r
}
