package rollup

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// factKey is the key of a row of facts.
type factKey struct {
	name           string
	revision, part int64
}

func (k factKey) String() string {
	if k.part > 0 {
		return fmt.Sprintf("%s part=%d", k.name, k.part)
	}
	return k.name
}

// compareFacts compares the facts of entries after a position with the stored facts of the same positions. It needs no
// snapshot, because it does not compare until, home and village, the columns of such rows that change.
func (a *auditing) compareFacts(ctx context.Context, log string, changes []change, after int64) error {
	upTo := changes[len(changes)-1].position
	stored, err := factsBetween(ctx, a.DB.Reader(), a.kinds.of(log), after, upTo)
	if err != nil {
		return err
	}
	a.found.Rows["facts"] += int64(len(stored))
	for _, c := range changes {
		for _, want := range c.facts {
			key := factKey{want.Name, want.Revision, want.Part}
			is, there := stored[key]
			delete(stored, key)
			switch {
			case !there:
				a.differ("facts", key.String(), "it is missing, and entry %d of logs/%s has revision %d", c.position, log, c.revision)
			case !is.says(want):
				a.differ("facts", key.String(), "it is not what entry %d of logs/%s says", c.position, log)
			}
		}
	}
	for key, is := range stored {
		a.differ("facts", key.String(), "logs/%s has no entry of it at position %d", log, is.Since)
	}
	return a.compareFactMembers(ctx, changes)
}

// says reports whether a stored fact equals the fact of an entry in all columns that never change.
func (f fact) says(want fact) bool {
	want.Until, want.Home, want.Village = f.Until, f.Home, f.Village
	return slices.Equal(f.values(), want.values())
}

// of returns the names of the sources of a log.
func (k kinds) of(log string) []string {
	var names []string
	for _, s := range k {
		if s.Log == log {
			names = append(names, s.Name)
		}
	}
	slices.Sort(names)
	return names
}

// factsBetween returns the facts of some sources whose since is greater than after and at most upTo.
func factsBetween(ctx context.Context, q database.Querier, sources []string, after, upTo int64) (map[factKey]fact, error) {
	out := map[factKey]fact{}
	for _, source := range sources {
		rows, err := database.All[fact](ctx, q, "SELECT "+factColumns+` FROM facts
			WHERE class IN (SELECT id FROM classes WHERE source = $1) AND since > $2 AND since <= $3`, source, after, upTo)
		if err != nil {
			return nil, fmt.Errorf("load facts: %w", err)
		}
		for _, f := range rows {
			out[factKey{f.Name, f.Revision, f.Part}] = f
		}
	}
	return out, nil
}

// compareFactMembers compares the members of facts in dimensions without a column.
func (a *auditing) compareFactMembers(ctx context.Context, changes []change) error {
	want := map[string]bool{}
	var names []string
	for _, c := range changes {
		for _, f := range c.facts {
			for _, m := range f.members {
				names = append(names, f.Name)
				want[memberText(factMember{f.Name, f.Revision, f.Part, m.Dimension, m.ID})] = true
			}
		}
	}
	rows, err := lookUp[factMember](ctx, a.DB.Reader(), "SELECT name, revision, part, dimension, member FROM fact_members WHERE name IN (%s)", slices.Compact(names))
	if err != nil {
		return fmt.Errorf("load members of facts: %w", err)
	}
	for _, m := range rows {
		delete(want, memberText(m))
	}
	for text := range want {
		a.differ("fact_members", text, "it is missing")
	}
	return nil
}

func memberText(m factMember) string {
	return fmt.Sprintf("%s revision=%d part=%d dimension=%s member=%s", m.Name, m.Revision, m.Part, m.Dimension, m.Member)
}

// compareFactsWhole checks all facts in one snapshot: that none is from a position after the cursor, that each holds
// until the next revision of its resource and is counted where the successions say, and that classes and tallies match
// their ids.
func compareFactsWhole(ctx context.Context, q database.Querier, k kinds, cursors map[string]int64, found *Outcome) error {
	differ := func(table, row, format string, args ...any) {
		found.Differences = append(found.Differences, resource.Difference{Table: table, Resource: row, Reason: fmt.Sprintf(format, args...)})
	}
	for log, cursor := range cursors {
		beyond, err := factsBetween(ctx, q, k.of(log), cursor, facts.Open)
		if err != nil {
			return err
		}
		for key, f := range beyond {
			differ("facts", key.String(), "logs/%s has no entry of it at position %d", log, f.Since)
		}
	}
	broken, err := database.All[fact](ctx, q, "SELECT "+factColumns+` FROM facts f WHERE until <> COALESCE(
			(SELECT MIN(since) FROM facts n WHERE n.name = f.name AND n.revision > f.revision), `+strconv.FormatInt(facts.Open, 10)+`)
		ORDER BY name, revision, part LIMIT `+strconv.Itoa(named))
	if err != nil {
		return fmt.Errorf("check how long facts hold: %w", err)
	}
	for _, f := range broken {
		differ("facts", factKey{f.Name, f.Revision, f.Part}.String(), "its revision %d does not hold until the next one", f.Revision)
	}
	if err := compareHomes(ctx, q, differ); err != nil {
		return err
	}
	return compareClasses(ctx, q, k, found)
}

// compareHomes checks that each fact is counted at the place that took over its own.
func compareHomes(ctx context.Context, q database.Querier, differ func(table, row, format string, args ...any)) error {
	moves, err := Successions(ctx, q, nil)
	if err != nil {
		return err
	}
	wrong, err := homes{moves}.unsettled(ctx, q)
	if err != nil {
		return err
	}
	for _, s := range wrong[:min(named, len(wrong))] {
		differ("facts", fmt.Sprintf("place=%d", s.Place), "by the successions, its home is %d and its village is %d", s.Home, s.Village)
	}
	return nil
}

// compareClasses checks that classes and tallies match their ids.
func compareClasses(ctx context.Context, q database.Querier, k kinds, found *Outcome) error {
	differ := func(table string, row any, reason string) {
		found.Differences = append(found.Differences, resource.Difference{Table: table, Resource: fmt.Sprint(row), Reason: reason})
	}
	classes, err := database.All[classRow](ctx, q, "SELECT "+classColumns+" FROM classes ORDER BY id")
	if err != nil {
		return fmt.Errorf("load classes: %w", err)
	}
	found.Rows["classes"] += int64(len(classes))
	due := map[tallyRow]bool{}
	for _, c := range classes {
		if c.ID != c.Class.ID() {
			differ("classes", c.ID, "its columns are not those of its id")
		}
		for _, t := range k.tallyRows(c.Class) {
			due[t] = true
		}
	}
	tallies, err := database.All[tallyRow](ctx, q, "SELECT "+tallyColumns+" FROM tallies WHERE "+facts.Live("")+" ORDER BY id, class")
	if err != nil {
		return fmt.Errorf("load tallies: %w", err)
	}
	found.Rows["tallies"] += int64(len(tallies))
	for _, t := range tallies {
		if !due[t] {
			differ("tallies", t.ID, "no class gives this row")
		}
		delete(due, t)
	}
	for _, t := range slices.SortedFunc(maps.Keys(due), func(a, b tallyRow) int { return cmp.Compare(a.ID, b.ID) }) {
		differ("tallies", t.ID, "it is missing")
	}
	return nil
}
