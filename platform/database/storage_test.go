package database_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
)

// wantDamaged fails the test unless err reports damage in stored data and cannot be retried.
func wantDamaged(t *testing.T, err error) {
	t.Helper()
	refusal, ok := fault.From(err)
	if !ok || refusal.Code() != codes.DataLoss || refusal.Reason() != database.ReasonStorageDamaged || refusal.RetryAfter() != 0 {
		t.Errorf("error = %v, want DATA_LOSS STORAGE_DAMAGED without advice to retry", err)
	}
}

// spoiled returns a SQLite file of many pages, and a function that overwrites all but the first few of them.
func spoiled(t *testing.T) (target string, spoil func()) {
	t.Helper()
	target = sqliteURL(t)
	file := strings.TrimPrefix(target, "sqlite://")
	db := migrated(t, target)
	for n := range 200 {
		s := need(strconv.Itoa(n))
		s.Args[4] = make([]byte, 1000)
		apply(t, db, s)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return target, func() {
		t.Helper()
		f, err := os.OpenFile(file, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		const page, sound = 4096, 20
		info, err := f.Stat()
		if err == nil {
			_, err = f.WriteAt([]byte(strings.Repeat("damage ", int(info.Size()-page*sound)/7)), page*sound)
		}
		if err = errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// logged opens a database and returns it with its log.
func logged(t *testing.T, target string) (*database.DB, *strings.Builder) {
	t.Helper()
	var log strings.Builder
	db, err := database.Open(t.Context(), database.Config{URL: target, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db, &log
}

func TestDamageThatAReaderFindsStopsTheDatabaseAndIsLoggedOnce(t *testing.T) {
	target, spoil := spoiled(t)
	file := strings.TrimPrefix(target, "sqlite://")
	db, log := logged(t, target)
	if err := db.Ready(t.Context()); err != nil {
		t.Fatalf("Ready of a sound file = %v", err)
	}
	spoil()
	for range 2 {
		_, err := database.All[string](t.Context(), db.Reader(), "SELECT name FROM needs WHERE length(body) > 0")
		wantDamaged(t, err)
	}
	wantDamaged(t, db.Ready(t.Context()))
	wantDamaged(t, db.Apply(t.Context(), []database.Statement{need("new")}))
	wantDamaged(t, db.InTx(t.Context(), func(context.Context, database.Tx) error { return nil }))
	if said := log.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, file) || !strings.Contains(said, "backup") {
		t.Errorf("the log is not one line with the file and the way to restore it:\n%s", said)
	}
}

func TestAFileIsCheckedFromEndToEnd(t *testing.T) {
	target, spoil := spoiled(t)
	db, _ := logged(t, target)
	checks := map[string]func(context.Context) error{"quick": db.QuickCheck, "whole": db.IntegrityCheck}
	for name, check := range checks {
		if err := check(t.Context()); err != nil {
			t.Errorf("%s check of a sound file: %v", name, err)
		}
	}
	late, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.QuickCheck(late); err != nil {
		t.Errorf("a quick check without time: %v", err)
	}
	if err := db.IntegrityCheck(late); err == nil {
		t.Error("a whole check without time found everything in order")
	}
	spoil()
	for name, check := range checks {
		err := check(t.Context())
		wantDamaged(t, err)
		if !strings.Contains(err.Error(), strings.TrimPrefix(target, "sqlite://")) {
			t.Errorf("%s check does not name the file: %v", name, err)
		}
	}
	wantDamaged(t, db.Ready(t.Context()))
}

func TestAnIndexThatDiffersFromItsTableIsFoundByTheWholeCheck(t *testing.T) {
	target := sqliteURL(t)
	db := migrated(t, target)
	apply(t, db, need("a"))
	if err := db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
		for _, statement := range []string{
			"CREATE INDEX needs_by_village ON needs (village)",
			"PRAGMA writable_schema = ON",
			"UPDATE sqlite_schema SET sql = 'CREATE INDEX needs_by_village ON needs (revision)' WHERE name = 'needs_by_village'",
			"PRAGMA writable_schema = RESET",
		} {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	again, _ := logged(t, target)
	if err := again.QuickCheck(t.Context()); err != nil {
		t.Errorf("the quick check looks into indices: %v", err)
	}
	wantDamaged(t, again.IntegrityCheck(t.Context()))
}

func TestWhileNothingCanBeWrittenTheDatabaseIsReadAndNotReady(t *testing.T) {
	target := sqliteURL(t)
	if err := migrated(t, target).Close(); err != nil {
		t.Fatal(err)
	}
	db, log := logged(t, target)
	apply(t, db, need("a"))
	if err := db.Protect(t.Context(), "ON"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		wantUnavailable(t, db.Apply(t.Context(), []database.Statement{need("b")}), database.ReasonStorageReadOnly)
		err := db.Ready(t.Context())
		wantUnavailable(t, err, database.ReasonStorageReadOnly)
		if !database.Unwritable(err) {
			t.Errorf("%v does not say that the database can be read", err)
		}
	}
	if got := names(t, db.Reader()); len(got) != 1 {
		t.Errorf("needs = %v", got)
	}
	if err := db.Protect(t.Context(), "OFF"); err != nil {
		t.Fatal(err)
	}
	if err := db.Ready(t.Context()); err != nil {
		t.Errorf("Ready once writes are taken again = %v", err)
	}
	apply(t, db, need("b"))
	if said := log.String(); strings.Count(said, "\n") != 2 || strings.Count(said, filepath.Base(target)) != 2 {
		t.Errorf("the log is not a line for each turn, with the file:\n%s", said)
	}
}

func TestAFileThatCannotBeOpenedIsNamedWithTheReason(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("words ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, says := range map[string]string{
		filepath.Join(dir, "missing", "x.db"): filepath.Join(dir, "missing") + " does not exist",
		dir:                                   dir + " cannot be used: ",
		text:                                  text + " cannot be read: ",
		"/sys/kernel/x.db":                    "/sys/kernel may not be written by this user", // not even by root
	} {
		if _, err := os.Stat("/sys/kernel"); err != nil && strings.HasPrefix(file, "/sys") {
			continue
		}
		_, err := database.Open(t.Context(), database.Config{URL: "sqlite://" + file})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("Open(%q) = %v, want an error that says %q", file, err, says)
		}
	}
}

func TestDamageThatPostgreSQLReportsIsNotToBeTriedAgainAndLoggedOnce(t *testing.T) {
	target := postgresURL(t)
	migrated(t, target)
	for name, ask := range map[string]func(ctx context.Context, db *database.DB) error{
		"to a read": func(ctx context.Context, db *database.DB) error {
			_, err := database.All[bool](ctx, db.Reader(), "SELECT broken('XX001')")
			return err
		},
		"to a write": func(ctx context.Context, db *database.DB) error {
			return db.Apply(ctx, []database.Statement{{SQL: "SELECT broken('XX002')", Rows: database.AnyRows}})
		},
		"in a transaction": func(ctx context.Context, db *database.DB) error {
			return db.InTx(ctx, func(ctx context.Context, tx database.Tx) error {
				_, err := tx.ExecContext(ctx, "SELECT broken('58030')")
				return err
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, log := logged(t, target)
			if err := db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
				_, err := tx.ExecContext(ctx, `CREATE OR REPLACE FUNCTION broken(code TEXT) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
					BEGIN RAISE EXCEPTION 'invalid page in block 7' USING ERRCODE = code; END $$`)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				wantDamaged(t, ask(t.Context(), db))
			}
			wantDamaged(t, db.Ready(t.Context()))
			if said := log.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, "schema db_") || !strings.Contains(said, "REINDEX") {
				t.Errorf("the log is not one line with the schema and the way to restore it:\n%s", said)
			}
		})
	}
}
