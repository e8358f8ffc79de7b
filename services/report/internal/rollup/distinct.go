package rollup

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/place"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// distinct counts the different members of a selection. It uses the first that is available: the stored count of
// exactly these classes, the members of that tally, or the members of each class.
func (v *View) distinct(ctx context.Context, s Selection, d facts.Dimension) (int64, error) {
	if len(s.Classes) == 0 {
		return 0, nil
	}
	switch {
	case s.source.Lasting:
		places, err := v.lasting(ctx, s)
		if err != nil {
			return 0, err
		}
		return v.differentToday(ctx, d, places)
	case d == facts.County || d == facts.Prefecture:
		places, err := database.All[string](ctx, v.q, "SELECT DISTINCT member FROM members WHERE n > 0 AND tally IN "+v.finestOf(s, facts.Village))
		if err != nil {
			return 0, fmt.Errorf("load villages: %w", err)
		}
		return v.differentToday(ctx, d, places)
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
	n, err := database.One[int64](ctx, v.q, query+" WHERE m.n > 0 AND "+held)
	if err != nil {
		return 0, fmt.Errorf("count different %s: %w", d, err)
	}
	return n, nil
}

// describes returns the condition that fact o belongs to the organization in the given column and to one of the classes
// in Who.
func (s Selection) describes(organization string) string {
	return "o.organization = " + organization + " AND o.class IN " + list(s.Who) + " AND o.until = " + strconv.FormatInt(facts.Open, 10)
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

// lasting returns the places of the facts that hold on the view's day.
func (v *View) lasting(ctx context.Context, s Selection) ([]string, error) {
	places, err := database.All[string](ctx, v.q, `SELECT DISTINCT CAST(place AS TEXT) FROM facts
		WHERE class IN `+list(s.Classes)+` AND until = `+strconv.FormatInt(facts.Open, 10)+` AND (stages & $1) <> 0 AND day <= $2 AND last_day > $2`,
		int64(s.Stage), int64(v.on))
	if err != nil {
		return nil, fmt.Errorf("count facts of a day: %w", err)
	}
	return places, nil
}

// differentToday counts the current villages of the given villages, or the current counties or prefectures that contain
// them.
func (v *View) differentToday(ctx context.Context, d facts.Dimension, villages []string) (int64, error) {
	successions, err := Successions(ctx, v.q)
	if err != nil {
		return 0, err
	}
	different := map[string]bool{}
	for _, village := range villages {
		code, county := today(successions, village)
		switch d {
		case facts.County:
			code = county
		case facts.Prefecture:
			code = county[:place.Prefecture.Width()]
		case facts.Organization, facts.Village, facts.Household, facts.Person:
		}
		different[code] = true
	}
	return int64(len(different)), nil
}
