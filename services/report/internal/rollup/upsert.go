package rollup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/wancun/wancun/platform/database"
)

// work is the transaction of one batch.
type work struct {
	database.Tx
	db *database.DB
}

// put inserts rows; onConflict says what becomes of those whose key exists.
func (w work) put(ctx context.Context, into *database.Target, rows [][]any, onConflict string) error {
	for _, s := range w.db.Insert(into, rows) {
		if _, err := w.ExecContext(ctx, s.SQL+onConflict, s.Args...); err != nil {
			return fmt.Errorf("write %s: %w", into, err)
		}
	}
	return nil
}

// counters is a table of counters: a key and numbers that are only ever added to.
type counters struct {
	table string
	key   []string
	sums  []string
	into  *database.Target
}

var (
	cellCounters = newCounters("cells",
		[]string{"campaign", "division", "month", "action", "indicator", "measure"},
		[]string{"n", "quantity", "fen", "confirmed_n", "confirmed_quantity", "confirmed_fen"})
	memberCounters = newCounters("members",
		[]string{"campaign", "slice", "division", "member"},
		[]string{"n", "confirmed_n"})
	reachCounters = newCounters("reaches",
		[]string{"campaign", "slice", "division"},
		[]string{"organizations", "villages", "confirmed_organizations", "confirmed_villages"})
)

func newCounters(table string, key, sums []string) counters {
	c := counters{table: table, key: key, sums: sums}
	c.into = database.Into(table, c.columns()...)
	return c
}

func (c counters) columns() []string { return slices.Concat(c.key, c.sums) }

// add is the clause that adds new rows to those that exist.
func (c counters) add() string {
	set := make([]string, len(c.sums))
	for i, s := range c.sums {
		set[i] = fmt.Sprintf("%s = %s.%s + excluded.%s", s, c.table, s, s)
	}
	return " ON CONFLICT (" + strings.Join(c.key, ", ") + ") DO UPDATE SET " + strings.Join(set, ", ")
}
