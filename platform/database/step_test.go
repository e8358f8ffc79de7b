package database_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/wancun/wancun/platform/database"
)

// closing returns the step of the tests: it closes every need, in a transaction of its own.
func closing(version int64) database.Step {
	return database.Step{Version: version, Run: func(ctx context.Context, db *database.DB) error {
		return db.Apply(ctx, []database.Statement{{SQL: "UPDATE needs SET open = $1", Args: []any{false}, Rows: database.AnyRows}})
	}}
}

func openNeeds(t *testing.T, db *database.DB) int {
	t.Helper()
	n, err := database.One[int](t.Context(), db.Reader(), "SELECT COUNT(*) FROM needs WHERE open")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestStepsHaveTheirTurnAmongTheFiles(t *testing.T) {
	engines(t, func(t *testing.T, db *database.DB) {
		apply(t, db, need("a"), need("b"))
		set := more() // with a third file
		set["migrations/00005_reopen.sql"] = migration("UPDATE needs SET open = TRUE WHERE name = 'b';")
		for range 2 { // the second time there is nothing to do
			if err := db.Migrate(t.Context(), set, versions, closing(4)); err != nil {
				t.Fatal(err)
			}
			if n := openNeeds(t, db); n != 1 {
				t.Errorf("%d needs are open, want the one that was opened after the step", n)
			}
		}
	})
}

func TestCheckSchemaCountsSteps(t *testing.T) {
	engines(t, func(t *testing.T, db *database.DB) {
		refused := func(err error, tooNew bool) {
			t.Helper()
			var got *database.SchemaError
			if !errors.As(err, &got) || got.TooNew() != tooNew || !slices.Equal(slices.Concat(got.Missing, got.Unknown), []int64{3}) {
				t.Errorf("error = %v, want a SchemaError about version 3 that is too new: %v", err, tooNew)
			}
		}
		refused(db.CheckSchema(t.Context(), tables, versions, closing(3)), false)
		if err := db.Migrate(t.Context(), tables, versions, closing(3)); err != nil {
			t.Fatal(err)
		}
		if err := db.CheckSchema(t.Context(), tables, versions, closing(3)); err != nil {
			t.Error(err)
		}
		done := database.Step{Version: 3} // there is nothing left to do
		if err := errors.Join(db.Migrate(t.Context(), tables, versions, done), db.CheckSchema(t.Context(), tables, versions, done)); err != nil {
			t.Error(err)
		}
		refused(db.CheckSchema(t.Context(), tables, versions), true)
		refused(db.Migrate(t.Context(), tables, versions), true)
	})
}

func TestAStepThatFailsRunsAgain(t *testing.T) {
	engines(t, func(t *testing.T, db *database.DB) {
		apply(t, db, need("a"))
		broken := errors.New("broken")
		halfway := closing(3)
		whole := halfway.Run
		halfway.Run = func(ctx context.Context, db *database.DB) error { return errors.Join(whole(ctx, db), broken) }
		if err := db.Migrate(t.Context(), tables, versions, halfway); !errors.Is(err, broken) {
			t.Fatalf("Migrate = %v, want what the step says", err)
		}
		if err := db.CheckSchema(t.Context(), tables, versions, halfway); err == nil {
			t.Error("the step counts as done")
		}
		if err := db.Migrate(t.Context(), tables, versions, closing(3)); err != nil {
			t.Fatal(err)
		}
		if n := openNeeds(t, db); n != 0 {
			t.Errorf("%d needs are open", n)
		}
	})
}

func TestOneOfFourReplicasRunsAStep(t *testing.T) {
	for _, engine := range everyEngine {
		t.Run(engine.name, func(t *testing.T) {
			target := engine.url(t)
			var runs atomic.Int32
			step := database.Step{Version: 3, Run: func(context.Context, *database.DB) error {
				runs.Add(1)
				return nil
			}}
			var all sync.WaitGroup
			for range 4 {
				db := open(t, target)
				all.Go(func() {
					if err := db.Migrate(t.Context(), tables, versions, step); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if n := runs.Load(); n != 1 {
				t.Errorf("it ran %d times", n)
			}
		})
	}
}

func TestTwoMigrationsOfOneNumberAreRefused(t *testing.T) {
	db := open(t, sqliteURL(t))
	for name, steps := range map[string][]database.Step{"a file and a step": {closing(2)}, "two steps": {closing(3), closing(3)}} {
		for action, err := range map[string]error{
			"Migrate":     db.Migrate(t.Context(), tables, versions, steps...),
			"CheckSchema": db.CheckSchema(t.Context(), tables, versions, steps...),
		} {
			if err == nil || !strings.Contains(err.Error(), "stands twice") {
				t.Errorf("%s: %s = %v, want a refusal", name, action, err)
			}
		}
	}
}
