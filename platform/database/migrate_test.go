package database_test

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wancun/wancun/platform/database"
)

func migration(text string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("-- +goose Up\n" + text)}
}

// more returns tables with one more migration.
func more() fstest.MapFS {
	set := maps.Clone(tables)
	set["migrations/00003_notes.sql"] = migration("CREATE TABLE notes (name TEXT PRIMARY KEY);")
	return set
}

func TestFourReplicasMayMigrateAtOnce(t *testing.T) {
	for _, engine := range everyEngine {
		t.Run(engine.name, func(t *testing.T) {
			target := engine.url(t)
			var all sync.WaitGroup
			for range 4 {
				db := open(t, target)
				all.Go(func() {
					if err := db.Migrate(t.Context(), tables, versions); err != nil {
						t.Error(err)
					}
					if err := db.CheckSchema(t.Context(), tables, versions); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			apply(t, open(t, target), need("a"), database.Statement{
				SQL: "INSERT INTO log (entry) VALUES ($1)", Args: []any{"a"}, Rows: 1,
			})
		})
	}
}

func TestCheckSchemaTellsTooOldFromTooNew(t *testing.T) {
	for _, engine := range everyEngine {
		t.Run(engine.name, func(t *testing.T) {
			db := open(t, engine.url(t))
			check := func(set fs.FS, want database.SchemaError, tooNew bool) {
				t.Helper()
				err := db.CheckSchema(t.Context(), set, versions)
				var got *database.SchemaError
				if !errors.As(err, &got) {
					t.Fatalf("CheckSchema = %v, want a SchemaError", err)
				}
				want.VersionTable = versions
				if diff := cmp.Diff(&want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("SchemaError (-want +got):\n%s", diff)
				}
				if got.TooNew() != tooNew {
					t.Errorf("TooNew = %v: %v", got.TooNew(), got)
				}
			}
			check(tables, database.SchemaError{Missing: []int64{1, 2}}, false)
			if err := db.Migrate(t.Context(), tables, versions); err != nil {
				t.Fatal(err)
			}
			if err := db.CheckSchema(t.Context(), tables, versions); err != nil {
				t.Fatal(err)
			}
			check(more(), database.SchemaError{Missing: []int64{3}}, false)
			if err := db.Migrate(t.Context(), more(), versions); err != nil {
				t.Fatal(err)
			}
			check(tables, database.SchemaError{Unknown: []int64{3}}, true)
		})
	}
}

// TestBranchesThatAreMergedInAnyOrderHaveOneSchema migrates a database with one branch, and then with both.
func TestBranchesThatAreMergedInAnyOrderHaveOneSchema(t *testing.T) {
	branches := map[string]*fstest.MapFile{
		"migrations/00003_notes.sql": migration("CREATE TABLE notes (name TEXT PRIMARY KEY); ALTER TABLE needs ADD COLUMN note TEXT;"),
		"migrations/00004_unit.sql":  migration("ALTER TABLE needs ADD COLUMN unit TEXT;"),
	}
	merged := maps.Clone(tables)
	maps.Copy(merged, branches)
	for first, added := range branches {
		t.Run(path.Base(first), func(t *testing.T) {
			engines(t, func(t *testing.T, db *database.DB) {
				branch := maps.Clone(tables)
				branch[first] = added
				for _, set := range []fs.FS{branch, merged} {
					if err := errors.Join(db.Migrate(t.Context(), set, versions), db.CheckSchema(t.Context(), set, versions)); err != nil {
						t.Fatal(err)
					}
				}
				query := "SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c"
				if db.Engine() == database.Postgres {
					query = "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema()"
				}
				columns, err := database.All[string](t.Context(), db.Reader(), query)
				if err != nil {
					t.Fatal(err)
				}
				for _, want := range []string{"notes.name", "needs.note", "needs.unit"} {
					if !slices.Contains(columns, want) {
						t.Errorf("the schema lacks %s: %q", want, columns)
					}
				}
			})
		})
	}
}

func TestAProgramLeavesASchemaThatIsAheadOfItAlone(t *testing.T) {
	engines(t, func(t *testing.T, db *database.DB) {
		ahead := maps.Clone(tables)
		ahead["migrations/00004_notes.sql"] = migration("CREATE TABLE notes (name TEXT PRIMARY KEY);")
		if err := db.Migrate(t.Context(), ahead, versions); err != nil {
			t.Fatal(err)
		}
		// It has a migration of its own that the newer program does not have.
		other := maps.Clone(tables)
		other["migrations/00003_drop.sql"] = migration("DROP TABLE notes;")
		for name, older := range map[string]fs.FS{"one that is behind": tables, "one that went another way": other} {
			migrating, checking := db.Migrate(t.Context(), older, versions), db.CheckSchema(t.Context(), older, versions)
			var refused *database.SchemaError
			if !errors.As(migrating, &refused) || !refused.TooNew() {
				t.Errorf("%s: Migrate = %v, want a SchemaError that says too new", name, migrating)
			}
			if name == "one that is behind" && migrating.Error() != checking.Error() {
				t.Errorf("Migrate says %q and CheckSchema %q", migrating, checking)
			}
		}
		if err := db.CheckSchema(t.Context(), ahead, versions); err != nil {
			t.Error(err)
		}
		apply(t, db, database.Statement{SQL: "INSERT INTO notes (name) VALUES ($1)", Args: []any{"a"}, Rows: 1})
	})
}

func TestTwoSetsShareADatabaseUnderTheirOwnVersionTables(t *testing.T) {
	engines(t, func(t *testing.T, db *database.DB) {
		other := fstest.MapFS{"00001_other.sql": migration("CREATE TABLE other (name TEXT PRIMARY KEY);")}
		for range 2 { // the second time there is nothing to do
			if err := db.Migrate(t.Context(), other, "other_schema"); err != nil {
				t.Fatal(err)
			}
		}
		for table, set := range map[string]fs.FS{versions: tables, "other_schema": other} {
			if err := db.CheckSchema(t.Context(), set, table); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestASetThatCannotBeRightIsRefused(t *testing.T) {
	db := open(t, sqliteURL(t))
	for name, story := range map[string]struct {
		set  fstest.MapFS
		says string
	}{
		"nothing in it":             {fstest.MapFS{}, "no migrations"},
		"one engine has no twin":    {fstest.MapFS{"00001_a.postgres.sql": migration("")}, "00001_a.sqlite.sql"},
		"no number":                 {fstest.MapFS{"first.sql": migration("")}, "first.sql"},
		"scattered":                 {fstest.MapFS{"a/00001_a.sql": migration(""), "b/00002_b.sql": migration("")}, "b/00002_b.sql"},
		"a statement that is wrong": {fstest.MapFS{"00001_a.sql": migration("CREATE NONSENSE;")}, "NONSENSE"},
	} {
		t.Run(name, func(t *testing.T) {
			err := db.Migrate(t.Context(), story.set, "wrong_schema")
			if err == nil || !strings.Contains(err.Error(), story.says) {
				t.Errorf("Migrate = %v, want an error that says %q", err, story.says)
			}
		})
	}
}

func TestOpenRefusesAURLItCannotServe(t *testing.T) {
	for name, target := range map[string]string{
		"another scheme":             "mysql://root:secret@localhost/x",
		"a relative file":            "sqlite://test.db",
		"parameters on a file":       "sqlite:///test.db?mode=ro",
		"a directory that is not":    "sqlite:///no/such/directory/test.db",
		"nonsense":                   "postgres://root:secret@local host/x",
		"a server that is not there": "postgres://root:secret@127.0.0.1:1/x",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := database.Open(t.Context(), database.Config{URL: target})
			if err == nil {
				t.Fatal("it opened")
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
}
