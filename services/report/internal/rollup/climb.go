package rollup

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/services/report/internal/facts"
)

type memberKey struct {
	tally, place int64
	member       string
}

type reachKey struct{ tally, place int64 }

// climb adds counts of members to the first slice and propagates the changes upwards: from the first slice to the other
// slices, and within a slice from a place to the place that contains it. Only a member that appears or disappears
// changes a distinct count and the rows one step up. A batch without new members at a place therefore writes nothing
// above it.
func climb(ctx context.Context, w *work, lowest map[memberKey]int64) error {
	reaches := map[reachKey]int64{}
	steps := newSteps(w, lowest)
	for adding := lowest; len(adding) > 0; {
		crossed, err := addMembers(ctx, w, adding)
		if err != nil {
			return err
		}
		adding = map[memberKey]int64{}
		for k, c := range crossed {
			above, counted := steps.above(k)
			for _, up := range above {
				adding[up] += c
			}
			if counted {
				reaches[reachKey{k.tally, k.place}] += c
			}
		}
	}
	addReaches(w, reaches)
	return nil
}

// steps finds the memberships one step above a membership.
type steps struct {
	above1 map[int64][]tallyRow // by the id of a tally of the first slice
	levels map[int64][]facts.Level
}

func newSteps(w *work, lowest map[memberKey]int64) steps {
	levels := map[string][]facts.Level{}
	for _, s := range facts.Slices() {
		levels[s.Name] = s.Levels
	}
	s := steps{above1: map[int64][]tallyRow{}, levels: map[int64][]facts.Level{}}
	w.registry.mu.Lock()
	defer w.registry.mu.Unlock()
	for k := range lowest {
		if _, seen := s.above1[k.tally]; seen {
			continue
		}
		s.above1[k.tally] = w.registry.above[k.tally]
		for _, t := range s.above1[k.tally] {
			s.levels[t.ID] = levels[t.Slice]
		}
	}
	return s
}

// above returns the memberships one step up, and whether the members of k's tally are counted.
func (s steps) above(k memberKey) (up []memberKey, counted bool) {
	if higher, first := s.above1[k.tally]; first {
		for _, t := range higher {
			up = append(up, memberKey{t.ID, k.place / int64(s.levels[t.ID][0]/finest().Levels[0]), k.member})
		}
		return up, false
	}
	levels := s.levels[k.tally]
	at := slices.Index(levels, levelOf(k.place))
	if at >= 0 && at+1 < len(levels) {
		up = append(up, memberKey{k.tally, k.place / int64(levels[at+1]/levels[at]), k.member})
	}
	return up, true
}

// levelOf returns the level of a place by the number of digits of its code.
func levelOf(place int64) facts.Level {
	switch {
	case place < 1e1:
		return facts.Everywhere
	case place < 1e2:
		return facts.Provinces
	case place < 1e4:
		return facts.Prefectures
	case place < 1e6:
		return facts.Counties
	case place < 1e9:
		return facts.Townships
	default:
		return facts.Villages
	}
}

// memberRow is a row of members after the change.
type memberRow struct {
	Tally  int64  `db:"tally"`
	Place  int64  `db:"place"`
	Member string `db:"member"`
	N      int64  `db:"n"`
}

// addMembers adds to the stored counts of members and returns those that became or stopped being 0: 1 for a member that
// appeared, -1 for one that disappeared.
func addMembers(ctx context.Context, w *work, counts map[memberKey]int64) (map[memberKey]int64, error) {
	rows := make([][]any, 0, len(counts))
	for _, k := range sortedMembers(counts) {
		rows = append(rows, []any{w.build, k.tally, k.place, k.member, counts[k]})
	}
	crossed := map[memberKey]int64{}
	for _, s := range w.db.Insert(memberCounters.into, rows) {
		after, err := database.All[memberRow](ctx, w, s.SQL, s.Args...)
		if err != nil {
			return nil, fmt.Errorf("add to members: %w", err)
		}
		for _, r := range after {
			k := memberKey{r.Tally, r.Place, r.Member}
			if c := crossing(r.N, counts[k]); c != 0 {
				crossed[k] = c
			}
		}
	}
	return crossed, nil
}

// crossing returns 1 if a count that is now after and was changed by delta left 0, -1 if it reached 0, and otherwise 0.
func crossing(after, delta int64) int64 {
	before := after - delta
	return int64(cmp.Compare(after, 0) - cmp.Compare(before, 0))
}

// sortedMembers returns the keys of nonzero counts in the order of the index.
func sortedMembers(counts map[memberKey]int64) []memberKey {
	keys := make([]memberKey, 0, len(counts))
	for k, c := range counts {
		if c != 0 {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b memberKey) int {
		return cmp.Or(cmp.Compare(a.tally, b.tally), cmp.Compare(a.place, b.place), cmp.Compare(a.member, b.member))
	})
	return keys
}

func addReaches(w *work, reaches map[reachKey]int64) {
	rows := make([][]any, 0, len(reaches))
	for k, n := range reaches {
		if n != 0 {
			rows = append(rows, []any{w.build, k.tally, k.place, n})
		}
	}
	w.put(reachCounters.into, rows)
}
