package database_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wancun/wancun/platform/database"
)

// stored is a row of needs whose columns may be absent.
type stored struct {
	Name    string `db:"name"`
	Village int64  `db:"village"`
	Open    bool   `db:"open"`
	Body    []byte `db:"body"`
}

func TestValuesComeBackAsTheyWereWritten(t *testing.T) {
	engines(t, func(t *testing.T, db *database.DB) {
		given := []stored{
			{"", math.MinInt64, false, nil}, // "" is a value, nil bytes are NULL
			{"no bytes", math.MaxInt64, true, []byte{}},
			{"村'\\\"$1", 0, false, []byte{0, 0xff, '\\'}},
			{strings.Repeat("long", 1000), -1, true, bytes.Repeat([]byte{7}, 10_000)},
		}
		into := database.Into("needs", "name", "revision", "village", "open", "body")
		for _, s := range given {
			apply(t, db, db.Insert(into, [][]any{{s.Name, 1, s.Village, s.Open, s.Body}})...)
		}
		for _, want := range given {
			got, err := database.One[stored](t.Context(), db.Reader(), "SELECT name, village, open, body FROM needs WHERE name = $1", want.Name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("a row of %q (-written +read):\n%s", want.Name, diff)
			}
		}
	})
}

func TestAValueThatNoColumnCanHoldIsRefusedByItsPlace(t *testing.T) {
	db := migrated(t, postgresURL(t))
	err := db.Apply(t.Context(), []database.Statement{{
		SQL: insertNeed, Args: []any{"a", 1, 1, true, struct{}{}}, Rows: database.AnyRows,
	}})
	if err == nil || !strings.Contains(err.Error(), "args[4]") {
		t.Errorf("apply = %v, want the parameter", err)
	}
	if got := names(t, db.Reader()); len(got) != 0 {
		t.Errorf("needs = %v, want none", got)
	}
	apply(t, db, need("a")) // the connection still works
}
