package database_test

import (
	"context"
	"errors"
	"testing"
	"testing/fstest"

	"github.com/wancun/wancun/platform/database"
)

func TestEveryConnectionOfAServiceToPostgreSQLHasLimits(t *testing.T) {
	target := postgresURL(t)
	migrated(t, target)
	const settings = `SELECT current_setting('idle_in_transaction_session_timeout') || ' ' || current_setting('lock_timeout') || ' ' ||
		current_setting('statement_timeout') || ' ' || current_setting('tcp_user_timeout') || ' ' || current_setting('client_connection_check_interval')`
	for name, story := range map[string]struct {
		config database.Config
		want   string
	}{
		"a service's":                  {database.Config{URL: target}, "3s 4s 1min 4000 2s"},
		"with one that the URL names":  {database.Config{URL: target + "&lock_timeout=1234"}, "3s 1234ms 1min 4000 2s"},
		"an audit's, which takes long": {database.Config{URL: target, ReadOnly: true}, "0 0 0 0 0"},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := database.Open(t.Context(), story.config)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close() //nolint:errcheck // nothing was written
			if got, err := database.One[string](t.Context(), db.Reader(), settings); err != nil || got != story.want {
				t.Errorf("the limits are %q, %v, want %q", got, err, story.want)
			}
		})
	}
	db := open(t, target)
	if err := db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
		if err := db.Unhurried(ctx, tx); err != nil {
			return err
		}
		got, err := database.One[string](ctx, tx, settings)
		if got != "3s 4s 0 4000 2s" {
			t.Errorf("the limits of what may take its time are %q", got)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}

func TestAMigrationTakesItsTime(t *testing.T) {
	db := open(t, postgresURL(t))
	set := fstest.MapFS{"00001_seen.sql": {Data: []byte("-- +goose Up\nCREATE TABLE seen AS SELECT current_setting('statement_timeout') AS it;\n")}}
	if err := db.Migrate(t.Context(), set, versions); err != nil {
		t.Fatal(err)
	}
	if got, err := database.One[string](t.Context(), db.Reader(), "SELECT it FROM seen"); err != nil || got != "0" {
		t.Errorf("a statement of a migration is ended after %q, %v", got, err)
	}
}

func TestATransactionWhoseProcessIsHeldUpIsUndone(t *testing.T) {
	target := postgresURL(t)
	db := migrated(t, target+"&idle_in_transaction_session_timeout=100")
	watch := open(t, target)
	goesOn := func(ctx context.Context, tx database.Tx, ends func(ctx context.Context, tx database.Tx) error) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO needs (name, revision, village, open) VALUES ('a', 1, 1, true)"); err != nil {
			return err
		}
		pid, err := database.One[int64](ctx, tx, "SELECT pg_backend_pid()")
		for there := true; there && err == nil; {
			there, err = database.One[bool](ctx, watch.Reader(), "SELECT count(*) > 0 FROM pg_stat_activity WHERE pid = $1", pid)
		}
		return errors.Join(err, ends(ctx, tx))
	}
	for name, ends := range map[string]func(ctx context.Context, tx database.Tx) error{
		"and commits": func(context.Context, database.Tx) error { return nil },
		"and writes on": func(ctx context.Context, tx database.Tx) error {
			return tx.Apply(ctx, []database.Statement{need("b")})
		},
		"and reads on": func(ctx context.Context, tx database.Tx) error {
			_, err := database.All[string](ctx, tx, "SELECT name FROM needs")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error { return goesOn(ctx, tx, ends) })
			wantUnavailable(t, err, database.ReasonBusy)
			if got := names(t, watch.Reader()); len(got) != 0 {
				t.Errorf("needs = %v, want none", got)
			}
		})
	}
	apply(t, db, need("a"))
}

func TestALockThatIsHeldForTooLongIsNotWaitedFor(t *testing.T) {
	target := postgresURL(t)
	holder := migrated(t, target)
	apply(t, holder, need("a"))
	db := open(t, target+"&lock_timeout=100")
	if err := holder.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
		if err := tx.Apply(ctx, []database.Statement{revise("a", 1)}); err != nil {
			return err
		}
		wantUnavailable(t, db.Apply(t.Context(), []database.Statement{revise("a", 1)}), database.ReasonBusy)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := revision(t, db.Reader(), "a"); got != 2 {
		t.Errorf("revision = %d", got)
	}
}
