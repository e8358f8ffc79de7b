package rollup

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wancun/wancun/platform/database"
)

// A statement looks up a power of two of names, so that there are few of them to prepare.
const (
	minLookup = 16
	maxLookup = 128
)

// applyFacts stores the newest versions of facts and adds what they change to the rollups. A first revision is taken for a
// new fact, as it is unless a journal was applied out of order: then its insert fails with a [database.UniqueError], and
// with all of them looked up it does not.
func applyFacts(ctx context.Context, w *work, changes []change, lookUpAll bool) error {
	stored, err := storedFacts(ctx, w, slices.DeleteFunc(slices.Clone(changes), func(c change) bool { return c.revision == 1 && !lookUpAll }))
	if err != nil {
		return err
	}
	d := newDelta()
	var fresh, changed [][]any
	for _, c := range changes {
		old, known := stored[c.name]
		switch {
		case !known:
			fresh = append(fresh, c.fact.values())
		case old.Revision < c.revision:
			d.add(old, -1)
			changed = append(changed, c.fact.values())
		default:
			continue
		}
		d.add(*c.fact, 1)
	}
	w.put(newFacts, fresh)
	w.put(changedFacts, changed)
	return d.write(ctx, w)
}

func storedFacts(ctx context.Context, q database.Querier, changes []change) (map[string]fact, error) {
	out := make(map[string]fact, len(changes))
	for part := range slices.Chunk(changes, maxLookup) {
		n := minLookup
		for n < len(part) {
			n *= 2
		}
		names := make([]any, n)
		for i := range names {
			names[i] = part[min(i, len(part)-1)].name
		}
		facts, err := database.All[fact](ctx, q, lookupFacts(n), names...)
		if err != nil {
			return nil, fmt.Errorf("load facts: %w", err)
		}
		for _, f := range facts {
			out[f.Name] = f
		}
	}
	return out, nil
}

var (
	newFacts     = database.Into("facts", strings.Split(factColumns, ", ")...)
	changedFacts = newFacts.With("ON CONFLICT (name) DO UPDATE SET " + replaceFact())
)

func replaceFact() string {
	columns := strings.Split(factColumns, ", ")[1:]
	for i, c := range columns {
		columns[i] = c + " = excluded." + c
	}
	return strings.Join(columns, ", ")
}

// lookupFacts selects facts by n names.
func lookupFacts(n int) string {
	marks := make([]string, n)
	for i := range marks {
		marks[i] = "$" + strconv.Itoa(i+1)
	}
	return "SELECT " + factColumns + " FROM facts WHERE name IN (" + strings.Join(marks, ", ") + ")"
}
