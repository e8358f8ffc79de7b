package resource

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/wancun/wancun/platform/database"
)

const (
	// countersTable is the table with the counters of a service.
	countersTable = "resource_counters"
	// countersBound is the constraint that limits the taken amount to the bound. countersTaken is the one that forbids
	// to release more than was taken.
	countersBound = "resource_counters_bound"
	countersTaken = "resource_counters_taken"

	createCounters = `CREATE TABLE IF NOT EXISTS ` + countersTable + ` (
		rule TEXT NOT NULL, counter TEXT NOT NULL, taken BIGINT NOT NULL, bound BIGINT NOT NULL, PRIMARY KEY (rule, counter),
		CONSTRAINT ` + countersBound + ` CHECK (taken <= bound), CONSTRAINT ` + countersTaken + ` CHECK (taken >= 0))`
	// beginCounter precedes each change, so that the row exists. On PostgreSQL changes can therefore share a
	// transaction.
	beginCounter = `INSERT INTO ` + countersTable + ` (rule, counter, taken, bound) VALUES ($1, $2, 0, 0) ON CONFLICT DO NOTHING`
	countWithin  = `UPDATE ` + countersTable + ` SET taken = taken + CAST($3 AS BIGINT), bound = $4 WHERE rule = $1 AND counter = $2`
	countBoth    = `UPDATE ` + countersTable + ` SET taken = taken + CAST($3 AS BIGINT), bound = bound + CAST($4 AS BIGINT)
		WHERE rule = $1 AND counter = $2`
)

// counterColumn returns the column with the name of a row's counter, and amountColumn the column with the amount that
// the row takes, minus the amount that it gives.
func counterColumn(rule string) string { return rule + "_counter" }

func amountColumn(rule string) string { return rule + "_amount" }

// countersVersion is the number of the migration of Counters in every service.
const countersVersion = 20261130000001

// Counters returns the migration that creates the table of counters. A service whose kinds declare a [Reserve] has it
// among its Steps.
func Counters() database.Step {
	return database.Step{Version: countersVersion, Run: func(ctx context.Context, db *database.DB) error {
		if err := db.Apply(ctx, []database.Statement{{SQL: createCounters, Rows: database.AnyRows}}); err != nil {
			return fmt.Errorf("create %s: %w", countersTable, err)
		}
		return nil
	}}
}

// Count is how much of a quantity is taken, and how much there is.
type Count struct {
	Taken int64
	// Bound is the amount that the rows give, or the result of the rule's Bounds when a row last took more.
	Bound int64
}

// Left returns the amount that can still be taken.
func (c Count) Left() int64 { return c.Bound - c.Taken }

// storedCount is a row of the table of counters.
type storedCount struct {
	Counter string `db:"counter"`
	Taken   int64  `db:"taken"`
	Bound   int64  `db:"bound"`
}

// Counts returns the named counters of a rule, as committed. A counter that no row has used is zero. Counts does not
// check the caller: the handler decides whether the caller may see the result.
func (k *Kit) Counts(ctx context.Context, rule string, counters ...string) (map[string]Count, error) {
	out := make(map[string]Count, len(counters))
	for chunk := range slices.Chunk(counters, lookupChunk) {
		args := []any{rule}
		marks := make([]string, min(len(chunk)-1, 1)*(lookupChunk-1)+1) // one or the maximum, so that only two statements are prepared
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
