package rollup

import (
	"context"
	"fmt"
	"strings"

	"github.com/wancun/wancun/platform/database"
)

// work is the transaction of one batch.
type work struct {
	database.Tx
	db *database.DB
}

// put inserts rows of a table; onConflict says what becomes of those whose key exists.
func (w work) put(ctx context.Context, table string, columns []string, rows [][]any, onConflict string) error {
	for _, s := range w.db.Insert(table, columns, rows) {
		if _, err := w.ExecContext(ctx, s.SQL+onConflict, s.Args...); err != nil {
			return fmt.Errorf("write %s: %w", table, err)
		}
	}
	return nil
}

// counters is a table of counters: a key and numbers that are only ever added to.
type counters struct {
	table string
	key   []string
	sums  []string
}

func cellCounters() counters {
	return counters{
		table: "cells",
		key:   []string{"campaign", "division", "month", "action", "indicator", "measure"},
		sums:  []string{"n", "quantity", "fen", "confirmed_n", "confirmed_quantity", "confirmed_fen"},
	}
}

func memberCounters() counters {
	return counters{
		table: "members",
		key:   []string{"campaign", "slice", "division", "member"},
		sums:  []string{"n", "confirmed_n"},
	}
}

func reachCounters() counters {
	return counters{
		table: "reaches",
		key:   []string{"campaign", "slice", "division"},
		sums:  []string{"organizations", "villages", "confirmed_organizations", "confirmed_villages"},
	}
}

func (c counters) columns() []string { return append(append([]string{}, c.key...), c.sums...) }

// add is the clause that adds new rows to those that exist.
func (c counters) add() string {
	set := make([]string, len(c.sums))
	for i, s := range c.sums {
		set[i] = fmt.Sprintf("%s = %s.%s + excluded.%s", s, c.table, s, s)
	}
	return " ON CONFLICT (" + strings.Join(c.key, ", ") + ") DO UPDATE SET " + strings.Join(set, ", ")
}
