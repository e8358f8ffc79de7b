package database_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wancun/wancun/platform/database"
)

// A failed Apply fails the transaction even if its function ignores the error: half of the statements would be kept.
func TestAnApplyThatFailsFailsItsTransaction(t *testing.T) {
	engines(t, func(t *testing.T, db *database.DB) {
		apply(t, db, need("taken"))
		for _, story := range []struct {
			name string
			last database.Statement
			as   func(error) bool
		}{
			{"a demand that is not met", revise("taken", 7), is[*database.RowsError]},
			{"a key that is taken", need("taken"), is[*database.UniqueError]},
		} {
			t.Run(story.name, func(t *testing.T) {
				err := db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
					if err := tx.Apply(ctx, []database.Statement{need("half"), story.last}); !story.as(err) {
						t.Errorf("Apply = %v", err)
					}
					return nil
				})
				if !story.as(err) {
					t.Errorf("InTx = %v, want what Apply said", err)
				}
			})
		}
		if got := names(t, db.Reader()); !cmp.Equal(got, []string{"taken"}) {
			t.Errorf("needs = %v", got)
		}
	})
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// SQLite does not interrupt writes. PostgreSQL's transaction is gone, and without it each statement would be committed.
func TestAnApplyAfterItsTransactionHasGoneWritesNothing(t *testing.T) {
	db := migrated(t, postgresURL(t))
	outer, end := context.WithCancel(t.Context())
	err := db.InTx(outer, func(ctx context.Context, tx database.Tx) error {
		if err := tx.Apply(ctx, []database.Statement{need("before")}); err != nil {
			return err
		}
		end()
		for gone := false; !gone; { // database/sql rolls it back on another goroutine
			_, err := tx.ExecContext(context.WithoutCancel(ctx), "SELECT 1")
			gone = err != nil
		}
		return tx.Apply(context.WithoutCancel(ctx), []database.Statement{need("after")})
	})
	if err == nil {
		t.Error("InTx succeeded")
	}
	if got := names(t, db.Reader()); len(got) != 0 {
		t.Errorf("needs = %v, want none", got)
	}
}

// A load splits what is otherwise one pipeline into several steps.
func TestADemandBesideALoadOfRowsIsHeld(t *testing.T) {
	engines(t, func(t *testing.T, db *database.DB) {
		apply(t, db, need("a"))
		const many = 2000
		into := database.Into("needs", "name", "revision", "village", "open", "body")
		statements, err := db.Load(into, many, func(yield func([]any, error) bool) {
			for i := range many {
				if !yield(need(fmt.Sprintf("n%04d", i)).Args, nil) {
					return
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Apply(t.Context(), append(statements, revise("a", 7))); !is[*database.RowsError](err) {
			t.Errorf("Apply = %v, want a RowsError", err)
		}
		if got := names(t, db.Reader()); !cmp.Equal(got, []string{"a"}) {
			t.Errorf("%d needs are stored, want the one from before", len(got))
		}
	})
}
