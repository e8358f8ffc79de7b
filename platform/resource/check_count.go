package resource

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/wancun/wancun/platform/database"
)

// countCheck is the progress of a check in the rules over several rows. It compares each counter with the rows, and
// checks that the unique indexes exist. The comparison of the rows has already checked that their columns match their
// messages.
type countCheck struct {
	due     bool // the rows have been compared
	indexes bool // the indexes have been checked
	rule    int  // index of the first rule with counters that are not compared yet
	after   string
}

// together reports whether a table has rules over several rows.
func (k *Check) together() bool {
	return slices.ContainsFunc(k.tables, func(t tableOf) bool { return len(t.keyColumns()) > 0 || len(t.counterRules()) > 0 })
}

// rules returns the rules by which rows take quantities, without duplicates.
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

// sum is a counter added up from the rows of a table.
type sum struct {
	Counter string `db:"counter"`
	Taken   int64  `db:"taken"`
	Given   int64  `db:"given"`
}

// compare compares counters of a rule with the sums of the rows of all tables, in one snapshot of the database. Each
// table is read up to a limit, so the portion ends at the smallest of the last counters read.
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
			summed.of[name] = Count{} // no row uses it
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

// counts holds counters by name. If bounded, it is complete up to the name until.
type counts struct {
	of      map[string]Count
	until   string
	bounded bool
}

// cutAt limits the counters to those up to a name, because later ones may be incomplete.
func (c *counts) cutAt(last string, cut bool) {
	if cut && (!c.bounded || last < c.until) {
		c.until, c.bounded = last, true
	}
}

// countersOf returns the next n stored counters of a rule.
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

// sumsOf returns the sums of the rows of all tables with a rule, for the next n counters of each table.
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

// countDiffers returns how a counter differs from the rows, "" if it does not. The bound can be compared only if rows
// give it.
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

// missingIndexes returns a difference for each key without a unique index, and for each row that shares its key with
// another because of that.
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
