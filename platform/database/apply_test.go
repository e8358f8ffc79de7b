package database_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wancun/wancun/platform/database"
)

func TestApplyWritesAllStatementsOrNone(t *testing.T) {
	good := []database.Statement{need("a"), need("b"), need("c")}
	bad := map[string]database.Statement{
		"a syntax error":         {SQL: "INSERT INTO", Rows: database.AnyRows},
		"a table that is absent": {SQL: "INSERT INTO nowhere (x) VALUES ($1)", Args: []any{"x"}, Rows: database.AnyRows},
		"a key that exists":      need("taken"),
		"a missing parent": {
			SQL: "INSERT INTO replies (name, need) VALUES ($1, $2)", Args: []any{"r", "absent"}, Rows: database.AnyRows,
		},
		"a stale revision": revise("taken", 7),
	}
	engines(t, func(t *testing.T, db *database.DB) {
		apply(t, db, need("taken"))
		for reason, failing := range bad {
			for position := range len(good) + 1 {
				t.Run(fmt.Sprintf("%s in statement %d", reason, position), func(t *testing.T) {
					if err := db.Apply(t.Context(), slices.Insert(slices.Clone(good), position, failing)); err == nil {
						t.Fatal("apply succeeded, want an error")
					}
					if got := names(t, db.Reader()); !cmp.Equal(got, []string{"taken"}) {
						t.Errorf("needs = %v, want the one that was there before", got)
					}
				})
			}
		}
		apply(t, db, good...)
		if got := names(t, db.Reader()); !cmp.Equal(got, []string{"a", "b", "c", "taken"}) {
			t.Errorf("after the failures needs = %v", got)
		}
	})
}

func TestAStaleRevisionIsARowsErrorThatNamesItsStatement(t *testing.T) {
	engines(t, func(t *testing.T, db *database.DB) {
		apply(t, db, need("a"), need("b"))
		err := db.Apply(t.Context(), []database.Statement{revise("a", 1), revise("b", 2), need("c")})
		var got *database.RowsError
		if !errors.As(err, &got) {
			t.Fatalf("apply = %v, want a RowsError", err)
		}
		if diff := cmp.Diff(&database.RowsError{Index: 1, Got: 0, Want: 1}, got); diff != "" {
			t.Errorf("RowsError (-want +got):\n%s", diff)
		}
		if got := revision(t, db.Reader(), "a"); got != 1 {
			t.Errorf("revision of a = %d, want 1: nothing is written", got)
		}
	})
}

// The connection returns to the pool. With its transaction still open it would keep the locks until its next use.
func TestARefusedDemandReleasesItsLocks(t *testing.T) {
	target := postgresURL(t)
	db, other := migrated(t, target), open(t, target)
	apply(t, db, need("a"), need("b"))
	if err := db.Apply(t.Context(), []database.Statement{revise("a", 1), revise("b", 7)}); !is[*database.RowsError](err) {
		t.Fatalf("apply = %v, want a RowsError", err)
	}
	err := other.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
		_, err := database.All[string](ctx, tx, "SELECT name FROM needs FOR UPDATE NOWAIT")
		return err
	})
	if err != nil {
		t.Errorf("the rows are still locked: %v", err)
	}
}

func TestOfTwoFailuresTheFirstStatementIsReported(t *testing.T) {
	engines(t, func(t *testing.T, db *database.DB) {
		apply(t, db, need("a"), need("taken"))
		err := db.Apply(t.Context(), []database.Statement{revise("a", 2), need("taken")})
		if !is[*database.RowsError](err) {
			t.Errorf("apply = %v, want the RowsError of the first statement, on whose effect the second relied", err)
		}
	})
}

func TestATakenKeyIsAUniqueErrorThatNamesItsStatementAndTable(t *testing.T) {
	engines(t, func(t *testing.T, db *database.DB) {
		apply(t, db, need("taken"))
		for _, story := range []struct {
			name       string
			statements []database.Statement
		}{
			{"without demands", []database.Statement{need("a"), need("taken")}},
			{"with demands", []database.Statement{revise("taken", 1), need("taken")}},
		} {
			t.Run(story.name, func(t *testing.T) {
				var got *database.UniqueError
				if err := db.Apply(t.Context(), story.statements); !errors.As(err, &got) {
					t.Fatalf("apply = %v, want a UniqueError", err)
				}
				want := &database.UniqueError{Index: 1, Table: "needs"}
				if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(database.UniqueError{})); diff != "" {
					t.Errorf("UniqueError (-want +got):\n%s", diff)
				}
			})
		}
		t.Run("in a transaction", func(t *testing.T) {
			err := db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
				_, err := tx.ExecContext(ctx, insertNeed, "taken", 1, 1, true, nil)
				return err
			})
			var got *database.UniqueError
			if !errors.As(err, &got) || got.Table != "needs" || got.Index != -1 {
				t.Errorf("InTx = %#v, want a UniqueError of needs", err)
			}
		})
	})
}

func TestACommitThatFailsIsNotAcknowledged(t *testing.T) {
	db := migrated(t, postgresURL(t))
	apply(t, db, database.Statement{
		SQL:  "ALTER TABLE replies ALTER CONSTRAINT replies_need_fkey DEFERRABLE INITIALLY DEFERRED",
		Rows: database.AnyRows,
	})
	orphan := database.Statement{
		SQL: "INSERT INTO replies (name, need) VALUES ($1, $2)", Args: []any{"r", "absent"}, Rows: database.AnyRows,
	}
	for name, statements := range map[string][]database.Statement{
		"one round trip":  {need("a"), orphan},
		"two round trips": {need("a"), revise("a", 1), orphan},
	} {
		t.Run(name, func(t *testing.T) {
			if err := db.Apply(t.Context(), statements); err == nil {
				t.Error("apply succeeded although its commit failed")
			}
			if got := names(t, db.Reader()); len(got) != 0 {
				t.Errorf("needs = %v, want none", got)
			}
		})
	}
}

// Half of the writers insert whole rows, which PostgreSQL gathers into one statement for a table.
func TestTwoHundredConcurrentWritersAllFindTheirRows(t *testing.T) {
	const writers, writesEach = 200, 5
	engines(t, func(t *testing.T, db *database.DB) {
		apply(t, db, need("taken"))
		var acknowledged []string
		var mu sync.Mutex
		var all sync.WaitGroup
		for w := range writers {
			insert := need
			if w%2 == 0 {
				insert = func(name string) database.Statement { return rows(db, name)[0] }
			}
			all.Go(func() {
				for i := range writesEach {
					name := fmt.Sprintf("w%03d-%d", w, i)
					statements := []database.Statement{insert(name)}
					doomed := (w+i)%7 == 0
					if doomed {
						statements = append(statements, insert("taken"))
					}
					err := db.Apply(t.Context(), statements)
					var taken *database.UniqueError
					if doomed != (errors.As(err, &taken) && taken.Index == 1) {
						t.Errorf("apply %s = %v, want that its second row is taken: %v", name, err, doomed)
					}
					if err == nil {
						mu.Lock()
						acknowledged = append(acknowledged, name)
						mu.Unlock()
					}
				}
			})
		}
		all.Wait()
		want := append(acknowledged, "taken")
		slices.Sort(want)
		if diff := cmp.Diff(want, names(t, db.Reader())); diff != "" {
			t.Errorf("acknowledged and stored differ (-acknowledged +stored):\n%s", diff)
		}
	})
}

func TestUpsertsOfOneKeyAtTheSameTimeAllCount(t *testing.T) {
	const writers = 64
	engines(t, func(t *testing.T, db *database.DB) {
		into := database.Into("needs", "name", "revision", "village", "open").
			With("ON CONFLICT (name) DO UPDATE SET village = needs.village + excluded.village")
		var all sync.WaitGroup
		for range writers { // in one statement they would be refused: it may not change a row twice
			all.Go(func() {
				if err := db.Apply(t.Context(), db.Insert(into, [][]any{{"a", 1, 1, true}, {"b", 1, 10, true}})); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		got, err := database.All[int64](t.Context(), db.Reader(), "SELECT village FROM needs ORDER BY name")
		if err != nil || !slices.Equal(got, []int64{writers, 10 * writers}) {
			t.Errorf("sums = %v, %v, want %d and %d", got, err, writers, 10*writers)
		}
	})
}

func TestRowsOfOneGroupMayReferToEachOtherAcrossTables(t *testing.T) {
	engines(t, func(t *testing.T, db *database.DB) {
		apply(t, db, need("old"))
		var all sync.WaitGroup
		for w := range 60 {
			all.Go(func() {
				name, to := fmt.Sprintf("w%02d", w), "old"
				var statements []database.Statement
				if w%2 == 0 { // reply to a need that this write inserts; the other half replies to one that exists
					to = name
					statements = rows(db, name)
				}
				statements = append(statements, db.Insert(database.Into("replies", "name", "need"), [][]any{{name, to}})...)
				if err := db.Apply(t.Context(), statements); err != nil {
					t.Errorf("apply %s: %v", name, err)
				}
			})
		}
		all.Wait()
		n, err := database.One[int64](t.Context(), db.Reader(), `SELECT COUNT(*) FROM replies JOIN needs ON needs.name = replies.need`)
		if err != nil || n != 60 {
			t.Errorf("%d replies found their needs (%v), want 60", n, err)
		}
	})
}
