package resource

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/wancun/wancun/platform/database"
)

// countCheck is how far a check is with the rules over several rows. It compares each counter with the rows, and asks for the
// unique indexes. That the columns of the rows are those that the messages give was compared with the rows themselves.
type countCheck struct {
	due     bool // the rows were compared
	indexes bool // were asked for
	rule    int  // the first one whose counters were not all compared
	after   string
}

// together reports whether a table has rules over several rows.
func (k *Check) together() bool {
	return slices.ContainsFunc(k.tables, func(t tableOf) bool { return len(t.keyColumns()) > 0 || len(t.counterRules()) > 0 })
}

// rules are those by which rows take quantities, each once.
func (k *Check) rules() []string {
	var all []string
	for _, t := range k.tables {
		all = append(all, t.counterRules()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// next compares about n more counters.
func (c *countCheck) next(ctx context.Context, k *Check, n int) (Portion, error) {
	p := Portion{Rows: map[string]int64{}}
	if !c.indexes {
		found, err := k.missingIndexes(ctx)
		if err != nil {
			return Portion{}, err
		}
		p.Differences, c.indexes = found, true
	}
	rules := k.rules()
	if c.rule < len(rules) {
		until, bounded, err := c.compare(ctx, k, rules[c.rule], n, &p)
		if err != nil {
			return Portion{}, err
		}
		if c.after = until; !bounded {
			c.rule, c.after = c.rule+1, ""
		}
	}
	if p.Last = c.rule >= len(rules); p.Last {
		k.after, *c = "", countCheck{}
	}
	return p, nil
}

// sum is a counter as the rows of a table give it.
type sum struct {
	Counter string `db:"counter"`
	Taken   int64  `db:"taken"`
	Given   int64  `db:"given"`
}

// compare compares counters of a rule with what the rows of all tables add up to, in one state of the database. The portion
// ends with the least of the counters at which the table of counters or one of rows was cut off.
func (c *countCheck) compare(ctx context.Context, k *Check, rule string, n int, p *Portion) (until string, bounded bool, err error) {
	bound := func(last string, cut bool) {
		if cut && (!bounded || last < until) {
			until, bounded = last, true
		}
	}
	var stored []storedCount
	sums := map[string]Count{}
	err = k.db.SnapshotApart(ctx, func(ctx context.Context, q database.Querier) error {
		stored, err = database.All[storedCount](ctx, q, fmt.Sprintf(
			"SELECT counter, taken, bound FROM %s WHERE rule = $1 AND counter > $2 ORDER BY counter LIMIT %d", countersTable, n), rule, c.after)
		if err != nil {
			return fmt.Errorf("read counters: %w", err)
		}
		if len(stored) > 0 {
			bound(stored[len(stored)-1].Counter, len(stored) >= n)
		}
		for _, t := range k.tables {
			if !slices.Contains(t.counterRules(), rule) {
				continue
			}
			found, err := database.All[sum](ctx, q, fmt.Sprintf(`SELECT %s AS counter,
				CAST(SUM(CASE WHEN %s > 0 THEN %[2]s ELSE 0 END) AS BIGINT) AS taken, CAST(SUM(CASE WHEN %[2]s < 0 THEN -%[2]s ELSE 0 END) AS BIGINT) AS given
				FROM %[3]s WHERE %[1]s > $1 GROUP BY %[1]s ORDER BY %[1]s LIMIT %[4]d`, counterColumn(rule), amountColumn(rule), t.tableName(), n), c.after)
			if err != nil {
				return fmt.Errorf("add up %s: %w", t.tableName(), err)
			}
			if len(found) > 0 {
				bound(found[len(found)-1].Counter, len(found) >= n)
			}
			for _, f := range found {
				all := sums[f.Counter]
				sums[f.Counter] = Count{Taken: all.Taken + f.Taken, Bound: all.Bound + f.Given}
			}
		}
		return nil
	})
	if err != nil {
		return "", false, err
	}
	counters := map[string]Count{}
	for _, s := range stored {
		counters[s.Counter] = Count{Taken: s.Taken, Bound: s.Bound}
		sums[s.Counter] = sums[s.Counter] // one that no row speaks of
	}
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		if bounded && name > until {
			break
		}
		p.Rows[countersTable]++
		if why := countDiffers(counters[name], sums[name]); why != "" {
			p.Differences = append(p.Differences, Difference{Table: countersTable, Resource: rule + " " + name, Reason: why})
		}
	}
	return until, bounded, nil
}

// countDiffers says how a counter departs from the rows; "" if it does not. What there is follows from the rows only where
// these give it.
func countDiffers(counter, rows Count) string {
	switch {
	case counter.Taken != rows.Taken:
		return fmt.Sprintf("%d is counted as taken, and the rows take %d", counter.Taken, rows.Taken)
	case rows.Bound > 0 && counter.Bound != rows.Bound:
		return fmt.Sprintf("%d is counted as given, and the rows give %d", counter.Bound, rows.Bound)
	case counter.Left() < 0:
		return fmt.Sprintf("%d is taken, and there is only %d", counter.Taken, counter.Bound)
	}
	return ""
}

// missingIndexes are the keys without a unique index, and the rows that have the same key because of that.
func (k *Check) missingIndexes(ctx context.Context) ([]Difference, error) {
	var out []Difference
	for _, t := range k.tables {
		for _, column := range t.keyColumns() {
			there, err := k.db.HasUniqueIndex(ctx, t.tableName(), column)
			if err != nil {
				return nil, err
			}
			if there {
				continue
			}
			out = append(out, Difference{Table: t.tableName(), Reason: "the unique index on " + column + " is gone"})
			names, err := database.All[string](ctx, k.db.Reader(), fmt.Sprintf(`SELECT name FROM %s WHERE %s IN (
				SELECT %[2]s FROM %[1]s WHERE %[2]s <> '' GROUP BY %[2]s HAVING COUNT(*) > 1) ORDER BY name`, t.tableName(), column))
			if err != nil {
				return nil, fmt.Errorf("look for equal rows of %s: %w", t.tableName(), err)
			}
			for _, name := range names {
				out = append(out, Difference{Table: t.tableName(), Resource: name, Reason: "another row has the same " + column})
			}
		}
	}
	return out, nil
}
