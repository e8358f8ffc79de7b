package database_test

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
)

var errChangedMind = errors.New("changed my mind")

func insertIn(ctx context.Context, tx database.Tx, name string) error {
	_, err := tx.ExecContext(ctx, insertNeed, name, 1, 433124001201, true, nil)
	return err
}

func TestInTx(t *testing.T) {
	engines(t, func(t *testing.T, db *database.DB) {
		t.Run("commits what the function wrote, which it also sees itself", func(t *testing.T) {
			err := db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
				if err := insertIn(ctx, tx, "kept"); err != nil {
					return err
				}
				if got := names(t, tx); !cmp.Equal(got, []string{"kept"}) {
					t.Errorf("inside, needs = %v", got)
				}
				if got := names(t, db.Reader()); len(got) != 0 {
					t.Errorf("outside, needs = %v before the commit", got)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		})
		t.Run("undoes everything when the function returns an error, which it returns", func(t *testing.T) {
			err := db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
				return errors.Join(insertIn(ctx, tx, "dropped"), errChangedMind)
			})
			if !errors.Is(err, errChangedMind) {
				t.Errorf("InTx = %v, want the function's error", err)
			}
		})
		t.Run("undoes everything when the function panics, and lives on", func(t *testing.T) {
			defer func() {
				if err, ok := recover().(error); !ok || !errors.Is(err, errChangedMind) {
					t.Errorf("recovered %v, want the function's panic", err)
				}
			}()
			_ = db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
				if err := insertIn(ctx, tx, "dropped"); err != nil {
					return err
				}
				panic(errChangedMind)
			})
		})
		t.Run("undoes everything when the goroutine ends in the function, and lives on", func(t *testing.T) {
			gone := make(chan struct{})
			go func() {
				defer close(gone)
				_ = db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
					if err := insertIn(ctx, tx, "dropped"); err != nil {
						return err
					}
					runtime.Goexit()
					return nil
				})
			}()
			<-gone
		})
		t.Run("refuses a write through the database inside the function", func(t *testing.T) {
			err := db.InTx(t.Context(), func(ctx context.Context, _ database.Tx) error {
				return db.Apply(ctx, []database.Statement{need("dropped")})
			})
			if err == nil {
				t.Error("the nested write succeeded")
			}
		})
		t.Run("refuses the transaction after its function has returned", func(t *testing.T) {
			var escaped database.Tx
			err := db.InTx(t.Context(), func(_ context.Context, tx database.Tx) error {
				escaped = tx
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := insertIn(t.Context(), escaped, "dropped"); err == nil {
				t.Error("the escaped transaction still writes")
			}
		})
		t.Run("does not start when the context has ended", func(t *testing.T) {
			ended, end := context.WithCancel(t.Context())
			end()
			err := db.InTx(ended, func(context.Context, database.Tx) error { return nil })
			if !errors.Is(err, context.Canceled) {
				t.Errorf("InTx = %v, want context.Canceled", err)
			}
		})
		if got := names(t, db.Reader()); !cmp.Equal(got, []string{"kept"}) {
			t.Errorf("after all of it, needs = %v", got)
		}
	})
}

func TestInTxRunsAgainAfterASerializationFailure(t *testing.T) {
	db := migrated(t, postgresURL(t))
	apply(t, db, need("a"))
	runs := 0
	err := db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
		runs++
		if _, err := tx.ExecContext(ctx, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"); err != nil {
			return err
		}
		seen := revision(t, tx, "a")
		if runs == 1 {
			apply(t, db, revise("a", seen)) // another write comes first
		}
		_, err := tx.ExecContext(ctx, "UPDATE needs SET revision = $2 WHERE name = $1", "a", seen+10)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := revision(t, db.Reader(), "a"); runs != 2 || got != 12 {
		t.Errorf("after %d runs the revision is %d, want 12 after 2: on top of the other's", runs, got)
	}
}

func TestAWriteThatWaitsForItsTurnCanBeCancelled(t *testing.T) {
	db := migrated(t, sqliteURL(t))
	impatient, giveUp := context.WithCancel(t.Context())
	err := db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
		answers := make(chan error)
		go func() { answers <- db.Apply(impatient, []database.Statement{need("withdrawn")}) }()
		go func() {
			answers <- db.InTx(impatient, func(context.Context, database.Tx) error { return errChangedMind })
		}()
		giveUp()
		for range 2 {
			if err := <-answers; !errors.Is(err, context.Canceled) {
				t.Errorf("the waiting write answers %v, want context.Canceled", err)
			}
		}
		return insertIn(ctx, tx, "patient")
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := names(t, db.Reader()); !cmp.Equal(got, []string{"patient"}) {
		t.Errorf("needs = %v", got)
	}
}

func TestALostConnectionIsUnavailableAndTheNextCallWorks(t *testing.T) {
	db := migrated(t, postgresURL(t))
	const die = "SELECT pg_terminate_backend(pg_backend_pid())"
	err := db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
		_, err := tx.ExecContext(ctx, die)
		return err
	})
	wantUnavailable(t, err, database.ReasonUnavailable)
	wantUnavailable(t, db.Apply(t.Context(), []database.Statement{need("lost"), {SQL: die, Rows: database.AnyRows}}),
		database.ReasonUnavailable)
	apply(t, db, need("a"))
	if got := names(t, db.Reader()); !cmp.Equal(got, []string{"a"}) {
		t.Errorf("needs = %v", got)
	}
}

func wantUnavailable(t *testing.T, err error, reason string) {
	t.Helper()
	refusal, ok := fault.From(err)
	if !ok || refusal.Code() != codes.Unavailable || refusal.Reason() != reason {
		t.Errorf("error = %v, want UNAVAILABLE %s", err, reason)
	}
}
