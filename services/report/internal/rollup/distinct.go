package rollup

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// distinct counts the different members of a selection. It uses the first that is available: the stored count of
// exactly these classes, the members of that tally, or the members of each class.
func (v *View) distinct(ctx context.Context, s Selection, d facts.Dimension) (int64, error) {
	if len(s.Classes) == 0 {
		return 0, nil
	}
	switch {
	case v.at != nil:
		return v.distinctFacts(ctx, s, d)
	case s.ofDay():
		return v.distinctOfDay(ctx, s, d)
	case d == facts.County || d == facts.Prefecture:
		n, err := database.One[int64](ctx, v.q, fmt.Sprintf("SELECT COUNT(DISTINCT place / %d) FROM members WHERE %s AND n > 0 AND tally IN %s",
			placesOf(d)/finest().Levels[0], facts.Live(""), v.finestOf(s, facts.Village)))
		if err != nil {
			return 0, fmt.Errorf("count different places: %w", err)
		}
		return n, nil
	case !s.source.Has(d):
		return 0, nil
	}
	tally, kept := v.exact[setKey(s.Classes, s.Stage, d)]
	if kept && !s.Some {
		return v.counts[tally], nil
	}
	held := "m.tally IN " + v.finestOf(s, d)
	if kept {
		held = "m.place = 0 AND m.tally = " + strconv.FormatInt(tally, 10)
	}
	query := "SELECT COUNT(DISTINCT m.member) FROM members m"
	if s.Some {
		query += " JOIN facts o ON " + s.describes("m.member")
	}
	n, err := database.One[int64](ctx, v.q, query+" WHERE "+facts.Live("m.")+" AND m.n > 0 AND "+held)
	if err != nil {
		return 0, fmt.Errorf("count different %s: %w", d, err)
	}
	return n, nil
}

// describes returns the condition that fact o belongs to the organization in the given column and to one of the classes
// in Who.
func (s Selection) describes(organization string) string {
	return "o.organization = " + organization + " AND o.class IN " + list(s.Who) + " AND " + s.at.valid(Org, "o.")
}

// finestOf returns the tallies of the first slice for the classes of a selection, as an SQL list.
func (v *View) finestOf(s Selection, d facts.Dimension) string {
	tallies := make([]int64, len(s.Classes))
	for i, id := range s.Classes {
		tallies[i] = facts.Tallies(v.class(id).Class, s.Stage, d)[0].ID()
	}
	return list(tallies)
}

// list formats ids as an SQL list for IN.
func list(ids []int64) string {
	if len(ids) == 0 {
		return "(NULL)"
	}
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = strconv.FormatInt(id, 10)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// placesOf returns the level of the places that a dimension counts.
func placesOf(d facts.Dimension) facts.Level {
	if d == facts.Prefecture {
		return facts.Prefectures
	}
	return facts.Counties
}
