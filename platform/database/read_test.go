package database_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wancun/wancun/platform/database"
)

type needRow struct {
	Name     string `db:"name"`
	Revision int64  `db:"revision"`
	placed
	Body   []byte         `db:"body"`
	Absent sql.NullString `db:"absent"`
}

type placed struct {
	Village int64 `db:"village"`
	Open    bool  `db:"open"`
}

func TestRowsAreReadIntoStructsAndScalars(t *testing.T) {
	engines(t, func(t *testing.T, db *database.DB) {
		apply(t, db, need("a"), need("b"))
		ctx := t.Context()
		t.Run("every column into the field with its tag, of an embedded struct too", func(t *testing.T) {
			got, err := database.All[needRow](ctx, db.Reader(),
				"SELECT body, open, village, name, revision FROM needs WHERE revision > $1 ORDER BY name", 0)
			if err != nil {
				t.Fatal(err)
			}
			want := []needRow{
				{Name: "a", Revision: 1, placed: placed{Village: 433124001201, Open: true}, Body: []byte("a")},
				{Name: "b", Revision: 1, placed: placed{Village: 433124001201, Open: true}, Body: []byte("b")},
			}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(needRow{}, placed{})); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
		t.Run("a column without a field is an error that names it", func(t *testing.T) {
			_, err := database.All[placed](ctx, db.Reader(), "SELECT village, name FROM needs")
			if err == nil {
				t.Error("the column was dropped silently")
			}
		})
		t.Run("two columns do not fit a scalar", func(t *testing.T) {
			if _, err := database.One[string](ctx, db.Reader(), "SELECT name, body FROM needs"); err == nil {
				t.Error("the column was dropped silently")
			}
		})
		t.Run("no rows are an empty result", func(t *testing.T) {
			got, err := database.All[needRow](ctx, db.Reader(), "SELECT name FROM needs WHERE name = $1", "x")
			if err != nil || len(got) != 0 {
				t.Errorf("All = %v, %v", got, err)
			}
		})
		t.Run("no row is ErrNotFound", func(t *testing.T) {
			_, err := database.One[needRow](ctx, db.Reader(), "SELECT name FROM needs WHERE name = $1", "x")
			if !errors.Is(err, database.ErrNotFound) {
				t.Errorf("One = %v, want ErrNotFound", err)
			}
		})
	})
}

func TestParametersAreBoundByTheirNumber(t *testing.T) {
	engines(t, func(t *testing.T, db *database.DB) {
		apply(t, db, need("a"))
		got, err := database.One[string](t.Context(), db.Reader(),
			`SELECT CAST($3 AS TEXT) || CAST($1 AS TEXT) || CAST($2 AS TEXT) || CAST($1 AS TEXT) || name
			 FROM needs WHERE name = $4`, "1", "2", "3", "a")
		if want := "3121a"; err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	})
}

func TestNilBytesAreNullAndEmptyOnesAreEmpty(t *testing.T) {
	engines(t, func(t *testing.T, db *database.DB) {
		insert := func(name string, body []byte) database.Statement {
			return database.Statement{SQL: insertNeed, Args: []any{name, 1, 1, false, body}, Rows: database.AnyRows}
		}
		apply(t, db, insert("nil", nil), insert("empty", []byte{}))
		err := db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
			for _, s := range []database.Statement{insert("nil in tx", nil), insert("empty in tx", []byte{})} {
				if _, err := tx.ExecContext(ctx, s.SQL, s.Args...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := database.All[string](t.Context(), db.Reader(), "SELECT name FROM needs WHERE body IS NULL ORDER BY name")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"nil", "nil in tx"}, got); diff != "" {
			t.Errorf("needs without a body (-want +got):\n%s", diff)
		}
	})
}

func TestInsertWritesEveryRowWhateverTheirNumber(t *testing.T) {
	engines(t, func(t *testing.T, db *database.DB) {
		want := 0
		for _, rows := range []int{0, 1, 2, 3, 31, 33, 200} {
			t.Run(fmt.Sprintf("%d rows", rows), func(t *testing.T) {
				batch := make([][]any, rows)
				for i := range batch {
					batch[i] = []any{fmt.Sprintf("%d of %d", i, rows), i, 2 * i}
				}
				statements := db.Insert(database.Into("needs", "name", "revision", "village", "open"), withOpen(batch))
				apply(t, db, statements...)
				want += rows
				got, err := database.One[int](t.Context(), db.Reader(),
					"SELECT COUNT(*) FROM needs WHERE village = 2 * revision")
				if err != nil || got != want {
					t.Errorf("%d rows stored, %v, want %d", got, err, want)
				}
			})
		}
	})
}

func withOpen(rows [][]any) [][]any {
	for i := range rows {
		rows[i] = append(rows[i], false)
	}
	return rows
}

func TestASnapshotSeesOneStateThroughout(t *testing.T) {
	engines(t, func(t *testing.T, db *database.DB) {
		apply(t, db, need("a"))
		err := db.Snapshot(t.Context(), func(ctx context.Context, q database.Querier) error {
			before := names(t, q)
			apply(t, db, need("b"), revise("a", 1))
			if diff := cmp.Diff(before, names(t, q)); diff != "" {
				t.Errorf("the snapshot changed (-before +after):\n%s", diff)
			}
			if got := revision(t, q, "a"); got != 1 {
				t.Errorf("revision of a in the snapshot = %d, want 1", got)
			}
			if _, err := database.All[string](ctx, q, "DELETE FROM needs WHERE name = $1 RETURNING name", "a"); err == nil {
				t.Error("the snapshot could write")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := names(t, db.Reader()); !cmp.Equal(got, []string{"a", "b"}) {
			t.Errorf("after the snapshot needs = %v", got)
		}
	})
}

func TestAStatementMayRunInsideItself(t *testing.T) {
	const depth, query = 3, "SELECT name FROM needs WHERE name >= $1 ORDER BY name"
	var count func(ctx context.Context, q database.Querier, level int) (int, error)
	count = func(ctx context.Context, q database.Querier, level int) (int, error) {
		rows, err := q.QueryContext(ctx, query, "a")
		if err != nil {
			return 0, err
		}
		defer func() { _ = rows.Close() }()
		met := 0
		for rows.Next() {
			met++
			if level > 1 {
				inner, err := count(ctx, q, level-1)
				if err != nil {
					return 0, err
				}
				met += inner
			}
		}
		return met, rows.Err()
	}
	db := migrated(t, sqliteURL(t)) // PostgreSQL reads one result at a time on a connection
	apply(t, db, need("a"), need("b"), need("c"))
	for range 2 { // the second time all statements come from the cache
		err := db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
			got, err := count(ctx, tx, depth)
			if want := 3 + 9 + 27; got != want {
				t.Errorf("met %d rows, want %d", got, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestAStatementLivesThroughACancelledReadAndAChangedTable(t *testing.T) {
	engines(t, func(t *testing.T, db *database.DB) {
		const query = "SELECT name, need FROM replies WHERE name >= $1"
		apply(t, db, need("n"))
		apply(t, db, db.Insert(database.Into("replies", "name", "need"), [][]any{{"r1", "n"}, {"r2", "n"}})...)

		cancelledRead(t, db.Reader(), query, "r")
		apply(t, db, database.Statement{
			SQL: "ALTER TABLE replies ADD COLUMN village BIGINT NOT NULL DEFAULT 7", Rows: database.AnyRows,
		})
		type reply struct {
			Name string `db:"name"`
			Need string `db:"need"`
		}
		got, err := database.All[reply](t.Context(), db.Reader(), query, "r")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]reply{{"r1", "n"}, {"r2", "n"}}, got); diff != "" {
			t.Errorf("replies (-want +got):\n%s", diff)
		}
	})
}

// cancelledRead cancels a query after its first row.
func cancelledRead(t *testing.T, q database.Querier, query string, args ...any) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	rows.Next()
	cancel()
	if err := rows.Err(); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("the cancelled read ended with %v", err)
	}
}
