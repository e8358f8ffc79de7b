package rollup

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"google.golang.org/genproto/googleapis/type/date"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/services/report/internal/facts"
	"github.com/wancun/wancun/services/report/internal/figure"
)

// Entry is a delivery that is part of a figure.
type Entry struct {
	Name, Organization, Village string
	Position, Revision          int64
	Date                        *date.Date
	Stages                      facts.Stages
	Measure                     facts.Measure
	Sum                         figure.Sum
	// First reports whether the entry is the first fact of its organization in the selection. It is set only for
	// figures that count different organizations.
	First bool
}

// counts returns the condition that the fact with this alias is part of a figure, except for its class. $1 is the
// stage.
func (s Selection) counts(alias string) string {
	condition := "(" + alias + ".stages & $1) <> 0 AND " + s.at.valid(s.source.Log, alias+".")
	if s.Some {
		condition += " AND EXISTS (SELECT 1 FROM facts o WHERE " + s.describes(alias+".organization") + ")"
	}
	return condition
}

// Entries returns the facts of a selection after a position, in the order of the journal. It reads each class by its
// own range of the index.
func (v *View) Entries(ctx context.Context, s Selection, after int64, limit int) ([]Entry, error) {
	var found []fact
	query := "SELECT " + factColumns + " FROM facts f WHERE f.class = $2 AND f.since > $3 AND " + s.counts("f") + " ORDER BY f.since LIMIT $4"
	for _, class := range s.Classes {
		rows, err := database.All[fact](ctx, v.q, query, int64(s.Stage), class, after, limit)
		if err != nil {
			return nil, fmt.Errorf("load entries: %w", err)
		}
		found = append(found, rows...)
	}
	slices.SortFunc(found, func(a, b fact) int { return cmp.Compare(a.Since, b.Since) })
	found = found[:min(limit, len(found))]
	out := make([]Entry, len(found))
	for i, f := range found {
		out[i] = Entry{
			Name: f.Name, Organization: "organizations/" + f.Organization, Village: fmt.Sprintf("villages/%012d", f.Place),
			Position: f.Since, Revision: f.Revision, Date: day.Day(f.Day).Date(), Stages: f.Stages, Measure: v.class(f.Class).Measure,
			Sum: figure.Sum{Deliveries: f.N, Quantity: f.Quantity, Fen: f.Fen},
		}
		if s.formula.Of == facts.Distinct {
			var err error
			if out[i].First, err = v.first(ctx, s, f); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// Part returns what an entry adds to the figure of an indicator. An organization counts once, with the first of its
// deliveries. If only some organizations count, entries add nothing else.
func (s Selection) Part(i *actionv1.Indicator, e Entry) *reportv1.Amount {
	a := &reportv1.Amount{}
	if !s.Some {
		figure.Part(a, i, s.formula.Of, e.Measure, e.Sum)
	}
	if e.First {
		a.Value = 1
	}
	return a
}

// first reports whether the selection contains no earlier fact of the same organization.
func (v *View) first(ctx context.Context, s Selection, f fact) (bool, error) {
	earlier, err := database.All[int64](ctx, v.q, "SELECT e.since FROM facts e WHERE e.organization = $2 AND e.class IN "+list(s.Classes)+
		" AND e.since < $3 AND "+s.counts("e")+" LIMIT 1", int64(s.Stage), f.Organization, f.Since)
	if err != nil {
		return false, fmt.Errorf("look for an earlier entry: %w", err)
	}
	return len(earlier) == 0, nil
}

// LastTouched returns the highest positions of all facts, including those that do not count, of the selection's classes
// and of the classes that describe its organizations. Together with the total of the selection, it changes with every
// entry that changes the selection: an entry that adds or changes a fact has the highest position, and one that only
// removes a fact changes the total.
func (v *View) LastTouched(ctx context.Context, s Selection) (string, error) {
	deliveries, err := v.lastOf(ctx, s.Classes)
	if err != nil {
		return "", err
	}
	who, err := v.lastOf(ctx, s.Who)
	return strconv.FormatInt(deliveries, 10) + "/" + strconv.FormatInt(who, 10), err
}

func (v *View) lastOf(ctx context.Context, classes []int64) (last int64, err error) {
	for _, class := range classes {
		at, err := database.One[int64](ctx, v.q, "SELECT COALESCE(MAX(since), 0) FROM facts WHERE class = $1", class)
		if err != nil {
			return 0, fmt.Errorf("find last entry: %w", err)
		}
		last = max(last, at)
	}
	return last, nil
}
