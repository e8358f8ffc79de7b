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
	var counted, summed counts
	err = k.db.SnapshotApart(ctx, func(ctx context.Context, q database.Querier) error {
		if counted, err = countersOf(ctx, q, rule, c.after, n); err != nil {
			return err
		}
		summed, err = sumsOf(ctx, q, k.tables, rule, c.after, n)
		return err
	})
	if err != nil {
		return "", false, err
	}
	counted.cutAt(summed.until, summed.bounded)
	for name := range counted.of {
		if _, there := summed.of[name]; !there {
			summed.of[name] = Count{} // no row speaks of it
		}
	}
	for _, name := range slices.Sorted(maps.Keys(summed.of)) {
		if counted.bounded && name > counted.until {
			break
		}
		p.Rows[countersTable]++
		if why := countDiffers(counted.of[name], summed.of[name]); why != "" {
			p.Differences = append(p.Differences, Difference{Table: countersTable, Resource: rule + " " + name, Reason: why})
		}
	}
	return counted.until, counted.bounded, nil
}

// counts are counters by their names, all of them up to the last name if they are bounded.
type counts struct {
	of      map[string]Count
	until   string
	bounded bool
}

// cutAt bounds the counters by a name beyond which not all of them are known.
func (c *counts) cutAt(last string, cut bool) {
	if cut && (!c.bounded || last < c.until) {
		c.until, c.bounded = last, true
	}
}

// countersOf reads the next n counters of a rule as they are stored.
func countersOf(ctx context.Context, q database.Querier, rule, after string, n int) (counts, error) {
	stored, err := database.All[storedCount](ctx, q, fmt.Sprintf(
		"SELECT counter, taken, bound FROM %s WHERE rule = $1 AND counter > $2 ORDER BY counter LIMIT %d", countersTable, n), rule, after)
	if err != nil {
		return counts{}, fmt.Errorf("read counters: %w", err)
	}
	c := counts{of: make(map[string]Count, len(stored))}
	for _, s := range stored {
		c.of[s.Counter] = Count{Taken: s.Taken, Bound: s.Bound}
	}
	if len(stored) > 0 {
		c.cutAt(stored[len(stored)-1].Counter, len(stored) >= n)
	}
	return c, nil
}

// sumsOf adds up the rows of all tables that a rule counts, for the next n counters of each table.
func sumsOf(ctx context.Context, q database.Querier, tables []tableOf, rule, after string, n int) (counts, error) {
	c := counts{of: map[string]Count{}}
	for _, t := range tables {
		if !slices.Contains(t.counterRules(), rule) {
			continue
		}
		found, err := database.All[sum](ctx, q, fmt.Sprintf(`SELECT %s AS counter,
			CAST(SUM(CASE WHEN %s > 0 THEN %[2]s ELSE 0 END) AS BIGINT) AS taken, CAST(SUM(CASE WHEN %[2]s < 0 THEN -%[2]s ELSE 0 END) AS BIGINT) AS given
			FROM %[3]s WHERE %[1]s > $1 GROUP BY %[1]s ORDER BY %[1]s LIMIT %[4]d`, counterColumn(rule), amountColumn(rule), t.tableName(), n), after)
		if err != nil {
			return counts{}, fmt.Errorf("add up %s: %w", t.tableName(), err)
		}
		for _, f := range found {
			all := c.of[f.Counter]
			c.of[f.Counter] = Count{Taken: all.Taken + f.Taken, Bound: all.Bound + f.Given}
		}
		if len(found) > 0 {
			c.cutAt(found[len(found)-1].Counter, len(found) >= n)
		}
	}
	return c, nil
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
