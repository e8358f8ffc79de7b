package database_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wancun/wancun/platform/database"
)

// audit opens a database read-only; the caller closes it.
func audit(t *testing.T, target string) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), database.Config{URL: target, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func TestADatabaseOpenedToBeReadTakesNoWrites(t *testing.T) {
	for _, engine := range everyEngine {
		t.Run(engine.name, func(t *testing.T) {
			target := engine.url(t)
			inUse := migrated(t, target)
			apply(t, inUse, need("a"))
			db := audit(t, target)
			for what, err := range map[string]error{
				"Apply":   db.Apply(t.Context(), []database.Statement{need("b")}),
				"Migrate": db.Migrate(t.Context(), more(), versions),
				"InTx": db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
					return tx.Apply(ctx, []database.Statement{need("c")})
				}),
			} {
				if err == nil {
					t.Errorf("%s succeeded", what)
				}
			}
			apply(t, inUse, need("d")) // in the log by now, and not in the file
			if got := names(t, db.Reader()); !cmp.Equal(got, []string{"a", "d"}) {
				t.Errorf("needs = %v", got)
			}
			if err := db.CheckSchema(t.Context(), tables, versions); err != nil {
				t.Error(err)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// files returns the names in the directory of a SQLite file.
func files(t *testing.T, file string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(file))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// laidDown returns a SQLite file that holds a need and that no process has open.
func laidDown(t *testing.T) (target, file string) {
	t.Helper()
	target = sqliteURL(t)
	db := migrated(t, target)
	apply(t, db, need("a"))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return target, strings.TrimPrefix(target, "sqlite://")
}

func TestAFileThatNobodyUsesIsReadWhereNothingMayBeWritten(t *testing.T) {
	target, file := laidDown(t)
	if err := os.Chmod(filepath.Dir(file), 0o500); err != nil { // has no effect for root
		t.Fatal(err)
	}
	before := files(t, file)
	db := audit(t, target)
	err := db.Snapshot(t.Context(), func(_ context.Context, q database.Querier) error {
		if got := names(t, q); !cmp.Equal(got, []string{"a"}) {
			t.Errorf("needs = %v", got)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(before, files(t, file)); diff != "" {
		t.Errorf("the audit made files:\n%s", diff)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func TestAnAuditSaysThatTheFileCameIntoUseMeanwhile(t *testing.T) {
	for name, closed := range map[string]bool{"and still is": false, "and is no longer": true} {
		t.Run(name, func(t *testing.T) {
			target, _ := laidDown(t)
			db := audit(t, target)
			other := open(t, target)
			apply(t, other, need("b"))
			if closed {
				if err := other.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if err := db.Close(); err == nil || !strings.Contains(err.Error(), "came into use") {
				t.Errorf("Close = %v", err)
			}
		})
	}
}

func TestAnAuditSaysPlainlyWhyItCannotRead(t *testing.T) {
	for name, story := range map[string]struct {
		spoil func(file string) error
		says  string
	}{
		"a file that is gone": {os.Remove, "no such file"},
		"a log that cannot be read without writing": {func(file string) error {
			// SQLite does not follow a symbolic link in place of the log's index, as if it could not create the file.
			return errors.Join(os.WriteFile(file+"-wal", []byte("a log"), 0o600), os.Symlink("nowhere", file+"-shm"))
		}, "copy the directory"},
		"a file that is no database": {func(file string) error {
			return os.WriteFile(file, []byte(strings.Repeat("words ", 1000)), 0o600)
		}, "not a database"},
	} {
		t.Run(name, func(t *testing.T) {
			target, file := laidDown(t)
			if err := story.spoil(file); err != nil {
				t.Fatal(err)
			}
			before := files(t, file)
			_, err := database.Open(t.Context(), database.Config{URL: target, ReadOnly: true})
			if err == nil || !strings.Contains(err.Error(), story.says) {
				t.Errorf("Open = %v, want an error that says %q", err, story.says)
			}
			if diff := cmp.Diff(before, files(t, file)); diff != "" {
				t.Errorf("the attempt made files:\n%s", diff)
			}
		})
	}
}
