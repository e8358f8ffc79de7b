package rollup

import (
	"context"
	"fmt"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/services/report/internal/facts"
	"github.com/wancun/wancun/services/report/internal/figure"
)

// ofDay reports whether the view's day decides which facts of a selection count: those that hold on it, or those of
// the villages that are in the campaign's scope on it. They are counted from the facts instead of the rollups.
func (s Selection) ofDay() bool { return s.source.Lasting || s.source.Scoped }

// holding returns the condition that the fact with this alias holds on the day $2.
func holding(alias string) string {
	return fmt.Sprintf("%[1]s.day <= $2 AND %[1]s.last_day > $2", alias)
}

// countsOn returns the condition that fact f is part of a figure on the day $2. $1 is the stage.
func (v *View) countsOn(s Selection) string {
	condition := "f.class IN " + list(s.Classes) + " AND " + s.counts("f")
	if s.source.Lasting {
		return condition + " AND " + holding("f")
	}
	scope := v.selection(facts.Formula{Source: scopeMembers})
	return condition + fmt.Sprintf(" AND f.village IN (SELECT m.village FROM facts m WHERE m.class IN %s AND %s AND %s)",
		list(scope.Classes), v.at.valid(scope.source.Log, "m."), holding("m"))
}

// sumsOfDay returns the sums of a selection by class.
func (v *View) sumsOfDay(ctx context.Context, s Selection) (map[int64]figure.Sum, error) {
	rows, err := database.All[sumRow](ctx, v.q, `SELECT f.class AS class, CAST(SUM(f.n) AS BIGINT) AS n, CAST(SUM(f.quantity) AS BIGINT) AS quantity,
			CAST(SUM(f.fen) AS BIGINT) AS fen
		FROM facts f WHERE `+v.countsOn(s)+" GROUP BY f.class", int64(s.Stage), int64(v.on))
	if err != nil {
		return nil, fmt.Errorf("add up facts of a day: %w", err)
	}
	sums := make(map[int64]figure.Sum, len(rows))
	for _, r := range rows {
		sums[r.Class] = figure.Sum{Deliveries: r.N, Quantity: r.Quantity, Fen: r.Fen}
	}
	return sums, nil
}

// distinctOfDay counts the different members of a selection in a dimension.
func (v *View) distinctOfDay(ctx context.Context, s Selection, d facts.Dimension) (int64, error) {
	from := "facts f"
	var member string
	switch d {
	case facts.Village:
		member = "NULLIF(f.village, 0)"
	case facts.County, facts.Prefecture:
		member = fmt.Sprintf("f.home / %d", placesOf(d))
	case facts.Organization:
		member = "NULLIF(f.organization, '')"
	default:
		from += fmt.Sprintf(" JOIN fact_members h ON h.name = f.name AND h.revision = f.revision AND h.part = f.part AND h.dimension = '%s'", d)
		member = "h.member"
	}
	n, err := database.One[int64](ctx, v.q, "SELECT COUNT(DISTINCT "+member+") FROM "+from+" WHERE "+v.countsOn(s), int64(s.Stage), int64(v.on))
	if err != nil {
		return 0, fmt.Errorf("count different members of a day: %w", err)
	}
	return n, nil
}
