package resource

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/wancun/wancun/platform/database"
)

const (
	// countersTable is the table of a service's counters.
	countersTable = "resource_counters"
	// countersBound is the constraint that holds what is taken within what there is, and countersTaken the one that refuses to
	// release what was not taken.
	countersBound = "resource_counters_bound"
	countersTaken = "resource_counters_taken"

	createCounters = `CREATE TABLE IF NOT EXISTS ` + countersTable + ` (
		rule TEXT NOT NULL, counter TEXT NOT NULL, taken BIGINT NOT NULL, bound BIGINT NOT NULL, PRIMARY KEY (rule, counter),
		CONSTRAINT ` + countersBound + ` CHECK (taken <= bound), CONSTRAINT ` + countersTaken + ` CHECK (taken >= 0))`
	// beginCounter comes before each change, which then cannot miss; so changes share transactions on PostgreSQL.
	beginCounter = `INSERT INTO ` + countersTable + ` (rule, counter, taken, bound) VALUES ($1, $2, 0, 0) ON CONFLICT DO NOTHING`
	countWithin  = `UPDATE ` + countersTable + ` SET taken = taken + CAST($3 AS BIGINT), bound = $4 WHERE rule = $1 AND counter = $2`
	countBoth    = `UPDATE ` + countersTable + ` SET taken = taken + CAST($3 AS BIGINT), bound = bound + CAST($4 AS BIGINT)
		WHERE rule = $1 AND counter = $2`
)

// counterColumn is the column of a table that names the counter of a row, and amountColumn the one of what the row takes, less
// what it gives.
func counterColumn(rule string) string { return rule + "_counter" }

func amountColumn(rule string) string { return rule + "_amount" }

// Counters is the migration that makes the table of counters. A service whose kinds declare a [Reserve] has it once, in both
// Migrate and CheckSchema.
func Counters(version int64) database.Step {
	return database.Step{Version: version, Run: func(ctx context.Context, db *database.DB) error {
		if err := db.Apply(ctx, []database.Statement{{SQL: createCounters, Rows: database.AnyRows}}); err != nil {
			return fmt.Errorf("create %s: %w", countersTable, err)
		}
		return nil
	}}
}

// Count is how much of a quantity is taken, and how much there is.
type Count struct {
	Taken int64
	// Bound is what the rows give, or what Bounds of the rule told when a row last took more.
	Bound int64
}

// Left is how much can be taken.
func (c Count) Left() int64 { return c.Bound - c.Taken }

// storedCount is a row of the table.
type storedCount struct {
	Counter string `db:"counter"`
	Taken   int64  `db:"taken"`
	Bound   int64  `db:"bound"`
}

// Counts reads what is taken of the named quantities of a rule, as committed. A quantity that no row ever took from or gave to
// is zero. It is not narrowed to the caller: the handler decides whether the caller may know.
func (k *Kit) Counts(ctx context.Context, rule string, counters ...string) (map[string]Count, error) {
	out := make(map[string]Count, len(counters))
	for chunk := range slices.Chunk(counters, lookupChunk) {
		args := []any{rule}
		marks := make([]string, min(len(chunk)-1, 1)*(lookupChunk-1)+1) // one or the most, so that there are two statements to prepare
		for i := range marks {
			marks[i] = mark(&args, chunk[min(i, len(chunk)-1)])
		}
		found, err := database.All[storedCount](ctx, k.DB.Reader(), "SELECT counter, taken, bound FROM "+countersTable+
			" WHERE rule = $1 AND counter IN ("+strings.Join(marks, ", ")+")", args...)
		if err != nil {
			return nil, fmt.Errorf("read counters of %s: %w", rule, err)
		}
		for _, f := range found {
			out[f.Counter] = Count{Taken: f.Taken, Bound: f.Bound}
		}
	}
	return out, nil
}
