package rollup

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// classRow is a stored class.
type classRow struct {
	ID int64 `db:"id"`
	facts.Class
}

const classColumns = "id, source, parent, action, indicator, measure, attributes"

func (c classRow) values() []any {
	return []any{c.ID, c.Source, c.Parent, c.Action, c.Indicator, int64(c.Measure), string(c.Attributes)}
}

type tallyRow struct {
	ID        int64           `db:"id"`
	Class     int64           `db:"class"`
	Slice     string          `db:"slice"`
	Stage     facts.Stage     `db:"stage"`
	Dimension facts.Dimension `db:"dimension"`
	Finest    int64           `db:"finest"`
}

const tallyColumns = "id, class, slice, stage, dimension, finest"

func (t tallyRow) values(build int64) []any {
	return []any{build, t.ID, t.Class, t.Slice, int64(t.Stage), string(t.Dimension), t.Finest}
}

var (
	intoClasses = database.Into("classes", strings.Split(classColumns, ", ")...).With("ON CONFLICT (id) DO NOTHING")
	intoTallies = database.Into("tallies", append([]string{"build"}, strings.Split(tallyColumns, ", ")...)...).With("ON CONFLICT (build, id, class) DO NOTHING")
)

// tallyValues returns the rows of tallies of a build in the order of their keys.
func tallyValues(build int64, tallies []tallyRow) [][]any {
	slices.SortFunc(tallies, func(a, b tallyRow) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Class, b.Class)) })
	rows := make([][]any, len(tallies))
	for i, t := range tallies {
		rows[i] = t.values(build)
	}
	return rows
}

// tallyRows returns the rows of all tallies that contain a class.
func (k kinds) tallyRows(c facts.Class) []tallyRow {
	var rows []tallyRow
	for _, source := range k {
		if source.Name != c.Source {
			continue
		}
		for _, stage := range source.Stages {
			for _, dimension := range source.Dimensions {
				tallies := facts.Tallies(c, stage, dimension)
				for _, t := range tallies {
					rows = append(rows, tallyRow{t.ID(), c.ID(), t.Slice, stage, dimension, tallies[0].ID()})
				}
			}
		}
	}
	return rows
}

// registry caches classes and their tallies. Since ids are hashes of the contents, cached classes and tallies are never
// outdated. stored may lack classes that another process has stored.
type registry struct {
	mu      sync.Mutex
	classes map[int64]facts.Class
	finest  map[heldBy]tallyRow
	above   map[int64][]tallyRow // the tallies derived from a tally of the first slice, by its id
	stored  map[int64]bool       // classes stored by a committed transaction of this process, with their tallies in the live build
}

// heldBy identifies a tally of the first slice by what it counts.
type heldBy struct {
	class     int64
	stage     facts.Stage
	dimension facts.Dimension
}

func newRegistry() *registry {
	return &registry{
		classes: map[int64]facts.Class{}, finest: map[heldBy]tallyRow{}, above: map[int64][]tallyRow{}, stored: map[int64]bool{},
	}
}

// know adds a class to the registry and reports whether it must still be stored.
func (r *registry) know(k kinds, id int64, c facts.Class) (unstored bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.classes[id]; !known {
		r.classes[id] = c
		for _, t := range k.tallyRows(c) {
			if t.ID == t.Finest {
				r.finest[heldBy{id, t.Stage, t.Dimension}] = t
			} else {
				r.above[t.Finest] = append(r.above[t.Finest], t)
			}
		}
	}
	return !r.stored[id]
}

func (r *registry) knows(id int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, known := r.classes[id]
	return known
}

func (r *registry) markStored(ids []int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		r.stored[id] = true
	}
}

// storeClass schedules the class of a fact and its tallies to be stored by finish.
func (w *work) storeClass(f fact) {
	if w.registry.know(w.kinds, f.Class, f.of) {
		w.classes[f.Class] = f.of
	}
}

// nameClasses loads the classes of stored facts into the registry.
func (w *work) nameClasses(ctx context.Context, stored map[string][]fact) error {
	unknown := map[int64]bool{}
	for _, of := range stored {
		for _, f := range of {
			if !w.registry.knows(f.Class) {
				unknown[f.Class] = true
			}
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	ids := make([]string, 0, len(unknown))
	for id := range unknown {
		ids = append(ids, strconv.FormatInt(id, 10))
	}
	slices.Sort(ids)
	for part := range slices.Chunk(ids, maxLookup) {
		rows, err := database.All[classRow](ctx, w, "SELECT "+classColumns+" FROM classes WHERE id IN ("+strings.Join(part, ", ")+")")
		if err != nil {
			return fmt.Errorf("load classes: %w", err)
		}
		for _, c := range rows {
			w.registry.know(w.kinds, c.ID, c.Class)
			delete(unknown, c.ID)
		}
	}
	for id := range unknown {
		return fmt.Errorf("load classes: facts are of the class %d, which is not stored", id)
	}
	return nil
}

// putClasses inserts new classes in the order of their ids, so that transactions that store the same classes do not
// deadlock.
func (w *work) putClasses() {
	var classes [][]any
	var tallies []tallyRow
	for _, id := range slices.Sorted(maps.Keys(w.classes)) {
		classes = append(classes, classRow{id, w.classes[id]}.values())
		tallies = append(tallies, w.kinds.tallyRows(w.classes[id])...)
	}
	w.waiting = append(w.db.Insert(intoTallies, tallyValues(w.build, tallies)), w.waiting...)
	w.waiting = append(w.db.Insert(intoClasses, classes), w.waiting...)
}
