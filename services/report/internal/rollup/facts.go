package rollup

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// applyFacts stores the facts of new revisions, closes those that they replace, and adds the difference to the rollups.
// Without lookUpAll it assumes that a first revision is a new resource and does not look it up. If such an entry was
// applied before, the insert fails with a [database.UniqueError]; the caller then tries again with lookUpAll.
func applyFacts(ctx context.Context, w *work, changes []change, lookUpAll bool) error {
	histories := historiesOf(changes)
	var names []string
	for _, h := range histories {
		if h[0].revision > 1 || lookUpAll {
			names = append(names, h[0].name)
		}
	}
	stored, err := w.replaceable(ctx, names)
	if err != nil {
		return err
	}
	d := newDelta()
	for _, h := range histories {
		if err := w.replace(d, h, stored[h[0].name]); err != nil {
			return err
		}
	}
	w.putFacts()
	return d.write(ctx, w)
}

// replaceable returns the open facts of resources, with their members and classes.
func (w *work) replaceable(ctx context.Context, names []string) (map[string][]fact, error) {
	stored, err := openFacts(ctx, w, names)
	if err != nil {
		return nil, err
	}
	return stored, w.complete(ctx, stored)
}

// complete loads the members and the classes of stored facts, which are given by the names of their resources.
func (w *work) complete(ctx context.Context, stored map[string][]fact) error {
	if w.listed {
		if err := loadMembers(ctx, w, stored, slices.Sorted(maps.Keys(stored))); err != nil {
			return err
		}
	}
	return w.nameClasses(ctx, stored)
}

// replace closes the stored facts of a resource and adds the facts of its newer revisions.
func (w *work) replace(d delta, h []change, stored []fact) error {
	fresh := slices.DeleteFunc(h, func(c change) bool { return len(stored) > 0 && c.revision <= stored[0].Revision })
	if len(fresh) == 0 {
		return nil
	}
	for _, f := range stored {
		d.add(w, f, -1)
	}
	if len(stored) > 0 {
		w.waiting = append(w.waiting, closeFacts(h[0].name, fresh[0].position))
	}
	for i, c := range fresh {
		for _, f := range c.facts {
			w.storeClass(f)
			if err := w.homes.settle(&f); err != nil {
				return err
			}
			if i+1 < len(fresh) {
				f.Until = fresh[i+1].position
			} else {
				d.add(w, f, 1)
			}
			w.rows = append(w.rows, f)
		}
	}
	return nil
}

// historiesOf groups the changes with facts by resource, each group in the order of revisions.
func historiesOf(changes []change) [][]change {
	var counted []change
	for _, c := range changes {
		if len(c.facts) > 0 {
			counted = append(counted, c)
		}
	}
	slices.SortStableFunc(counted, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.revision, b.revision))
	})
	var out [][]change
	for i, c := range counted {
		switch {
		case i == 0 || counted[i-1].name != c.name:
			out = append(out, []change{c})
		case counted[i-1].revision != c.revision:
			out[len(out)-1] = append(out[len(out)-1], c)
		}
	}
	return out
}

// closeFacts returns the statement that closes the open facts of a resource at a position.
func closeFacts(name string, position int64) database.Statement {
	return database.Statement{
		SQL:  "UPDATE facts SET until = $1 WHERE name = $2 AND until = " + strconv.FormatInt(facts.Open, 10),
		Args: []any{position, name}, Rows: database.AnyRows,
	}
}

// putFacts schedules the inserts of new facts and their members.
func (w *work) putFacts() {
	rows := make([][]any, len(w.rows))
	var members [][]any
	for i, f := range w.rows {
		rows[i] = f.values()
		for _, m := range f.members {
			members = append(members, []any{f.Name, f.Revision, f.Part, string(m.Dimension), m.ID})
		}
	}
	w.put(intoFacts, rows)
	w.put(intoFactMembers, members)
}
