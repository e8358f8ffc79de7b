package rollup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/wancun/wancun/platform/database"
)

// work is the transaction of one batch. Writes that nobody looks at before its end wait in it, so that they go in one round
// trip.
type work struct {
	database.Tx
	db      *database.DB
	waiting []database.Statement
}

// put inserts rows when the work is finished.
func (w *work) put(into *database.Target, rows [][]any) {
	w.waiting = append(w.waiting, w.db.Insert(into, rows)...)
}

// finish runs what waits, and a last statement. The work is done then.
func (w *work) finish(ctx context.Context, last database.Statement) error {
	w.waiting = append(w.waiting, last)
	return w.Apply(ctx, w.waiting)
}

// counters is a table of counters: a key and numbers that are only ever added to.
type counters struct {
	table string
	key   []string
	sums  []string
	into  *database.Target // adds new rows to those that exist
}

var (
	cellCounters = newCounters("cells",
		[]string{"campaign", "division", "month", "action", "indicator", "measure"},
		[]string{"n", "quantity", "fen", "confirmed_n", "confirmed_quantity", "confirmed_fen"}, "")
	memberCounters = newCounters("members",
		[]string{"campaign", "slice", "division", "member"},
		[]string{"n", "confirmed_n"}, "RETURNING campaign, slice, division, member, n, confirmed_n")
	reachCounters = newCounters("reaches",
		[]string{"campaign", "slice", "division"},
		[]string{"organizations", "villages", "confirmed_organizations", "confirmed_villages"}, "")
)

func newCounters(table string, key, sums []string, returning string) counters {
	c := counters{table: table, key: key, sums: sums}
	set := make([]string, len(sums))
	for i, s := range sums {
		set[i] = fmt.Sprintf("%s = %s.%s + excluded.%s", s, table, s, s)
	}
	c.into = database.Into(table, c.columns()...).
		With("ON CONFLICT (" + strings.Join(key, ", ") + ") DO UPDATE SET " + strings.Join(set, ", ") + " " + returning)
	return c
}

func (c counters) columns() []string { return slices.Concat(c.key, c.sums) }
