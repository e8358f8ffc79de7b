package rollup

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// named is the maximum number of wrong rows of a table that are listed. The others are only counted.
const named = 5

// derived returns the tables of sums and counts, each with the query that computes its rows from the facts alone.
func derived() []struct {
	counters
	query string
} {
	return []struct {
		counters
		query string
	}{{cellCounters, facts.SumQuery()}, {memberCounters, facts.MemberQuery()}, {reachCounters, facts.CountQuery()}}
}

// compareDerived compares all rows of the live build in cells, members and reaches with the facts. It scans all facts.
func compareDerived(ctx context.Context, q database.Querier, found *Outcome) error {
	names, err := nameKeys(ctx, q)
	if err != nil {
		return err
	}
	for _, d := range derived() {
		rows, err := database.One[int64](ctx, q, "SELECT COUNT(*) FROM "+d.table+" WHERE "+facts.Live(""))
		if err != nil {
			return fmt.Errorf("count %s: %w", d.table, err)
		}
		found.Rows[d.table] += rows
		stored := fmt.Sprintf("SELECT %s FROM %s WHERE %s AND (%s <> 0)", strings.Join(d.columns(), ", "), d.table, facts.Live(""), strings.Join(d.sums, " <> 0 OR "))
		wrong, err := except(ctx, q, stored, d.query)
		if err != nil {
			return fmt.Errorf("check %s: %w", d.table, err)
		}
		right, err := except(ctx, q, d.query, stored)
		if err != nil {
			return fmt.Errorf("check %s: %w", d.table, err)
		}
		found.Differences = append(found.Differences, d.differences(names, wrong, right)...)
	}
	return nil
}

// except returns the rows of a that are not in b.
func except(ctx context.Context, q database.Querier, a, b string) ([]line, error) {
	return database.All[line](ctx, q, "SELECT * FROM ("+a+") AS a EXCEPT SELECT * FROM ("+b+") AS b")
}

// differences lists the first keys whose rows are wrong or missing, and counts the others.
func (c counters) differences(names map[string]string, wrong, right []line) []resource.Difference {
	stored, due := map[string]line{}, map[string]line{}
	for _, l := range wrong {
		stored[c.keyOf(names, l)] = l
	}
	for _, l := range right {
		due[c.keyOf(names, l)] = l
	}
	var keys []string
	for k := range stored {
		keys = append(keys, k)
	}
	for k := range due {
		if _, twice := stored[k]; !twice {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	var out []resource.Difference
	for _, k := range keys[:min(named, len(keys))] {
		out = append(out, resource.Difference{Table: c.table, Resource: k, Reason: c.reason(stored, due, k)})
	}
	if more := len(keys) - len(out); more > 0 {
		out = append(out, resource.Difference{Table: c.table, Reason: fmt.Sprintf("%d more rows do not follow from the facts", more)})
	}
	return out
}

// keyOf formats the key of a row. A class or a tally is described by its contents: parent=… indicator=… place=….
func (c counters) keyOf(names map[string]string, l line) string {
	parts := make([]string, len(c.key))
	for i, column := range c.key {
		id := l.text(i, i+1)
		if name, known := names[id]; known && i == 0 {
			parts[i] = name
		} else {
			parts[i] = column + "=" + id
		}
	}
	return strings.Join(parts, " ")
}

// nameKeys returns descriptions of classes and tallies by their ids.
func nameKeys(ctx context.Context, q database.Querier) (map[string]string, error) {
	names := map[string]string{}
	classes, err := database.All[classRow](ctx, q, "SELECT "+classColumns+" FROM classes")
	if err != nil {
		return nil, fmt.Errorf("load classes: %w", err)
	}
	of := map[int64]facts.Class{}
	for _, c := range classes {
		names[strconv.FormatInt(c.ID, 10)] = c.Class.String()
		of[c.ID] = c.Class
	}
	tallies, err := database.All[tallyRow](ctx, q, "SELECT "+tallyColumns+" FROM tallies WHERE "+facts.Live(""))
	if err != nil {
		return nil, fmt.Errorf("load tallies: %w", err)
	}
	for _, row := range tallies {
		for _, t := range facts.Tallies(of[row.Class], row.Stage, row.Dimension) {
			if t.Slice == row.Slice {
				names[strconv.FormatInt(row.ID, 10)] = fmt.Sprintf("slice=%s dimension=%s %s stage=%d", t.Slice, t.Dimension, t.Class, t.Stage)
			}
		}
	}
	return names, nil
}

func (c counters) reason(stored, due map[string]line, key string) string {
	is, wrong := stored[key]
	want, right := due[key]
	switch {
	case !right:
		return "no fact gives this row"
	case !wrong:
		return "it is missing, and the facts give it"
	}
	var parts []string
	for i, s := range c.sums {
		at := len(c.key) + i
		if a, b := is.text(at, at+1), want.text(at, at+1); a != b {
			parts = append(parts, fmt.Sprintf("%s is %s, and the facts give %s", s, a, b))
		}
	}
	return strings.Join(parts, "; ")
}
