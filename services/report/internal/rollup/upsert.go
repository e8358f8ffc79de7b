package rollup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// work is the transaction of one batch. It delays writes that the batch does not read again until finish, so that they
// need one round trip.
type work struct {
	database.Tx
	db       *database.DB
	kinds    kinds
	listed   bool // facts may have members in dimensions without a column
	registry *registry
	homes    homes
	build    int64 // the build to which the rows of tallies, cells, members and reaches belong

	waiting []database.Statement
	rows    []fact                // new facts
	classes map[int64]facts.Class // new classes
}

func (s *Store) newWork(tx database.Tx, build int64) *work {
	return &work{Tx: tx, build: build, db: s.db, kinds: s.kinds, listed: s.listed, registry: s.registry, classes: map[int64]facts.Class{}}
}

// put schedules the insertion of rows by finish.
func (w *work) put(into *database.Target, rows [][]any) {
	w.waiting = append(w.waiting, w.db.Insert(into, rows)...)
}

// finish runs the delayed writes and a last statement. The work must not be used afterwards.
func (w *work) finish(ctx context.Context, last database.Statement) error {
	w.putClasses()
	w.waiting = append(w.waiting, last)
	return w.Apply(ctx, w.waiting)
}

// counters is a table of counters: a key within a build, and numbers that are only changed by addition.
type counters struct {
	table string
	key   []string
	sums  []string
	into  *database.Target // adds the numbers to existing rows
	new   *database.Target // for rows whose keys the build does not contain
}

var (
	cellCounters   = newCounters("cells", []string{"class", "stage", "place", "month"}, []string{"n", "quantity", "fen"}, "")
	memberCounters = newCounters("members", []string{"tally", "place", "member"}, []string{"n"}, "RETURNING tally, place, member, n")
	reachCounters  = newCounters("reaches", []string{"tally", "place"}, []string{"n"}, "")
)

func newCounters(table string, key, sums []string, returning string) counters {
	c := counters{table: table, key: key, sums: sums}
	set := make([]string, len(sums))
	for i, s := range sums {
		set[i] = fmt.Sprintf("%s = %s.%s + excluded.%s", s, table, s, s)
	}
	c.new = database.Into(table, append([]string{"build"}, c.columns()...)...)
	c.into = c.new.With("ON CONFLICT (build, " + strings.Join(key, ", ") + ") DO UPDATE SET " + strings.Join(set, ", ") + " " + returning)
	return c
}

// columns returns the columns without the build.
func (c counters) columns() []string { return slices.Concat(c.key, c.sums) }
