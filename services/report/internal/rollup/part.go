package rollup

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// Class is a stored class with its id.
type Class = classRow

// Classes returns the classes of a source that belong to one of the parents, in the order of their ids.
func Classes(ctx context.Context, q database.Querier, source string, parents ...string) ([]Class, error) {
	args, marks := []any{source}, make([]string, len(parents))
	for i, p := range parents {
		args = append(args, p)
		marks[i] = "$" + strconv.Itoa(len(args))
	}
	rows, err := database.All[Class](ctx, q, "SELECT "+classColumns+" FROM classes WHERE source = $1 AND parent IN ("+strings.Join(marks, ", ")+") ORDER BY id", args...)
	if err != nil {
		return nil, fmt.Errorf("load classes of %s: %w", source, err)
	}
	return rows, nil
}

// Part is one stored row of cells, members, reaches or facts. Columns that the table does not have are empty.
type Part struct {
	// Class is the id of the class. The class of a row of reaches is any class of its tally.
	Class int64 `db:"class"`
	// Stages are the stages that the row counts in.
	Stages facts.Stages `db:"stages"`
	// Place is a code of the portion's level, of the home of the facts. The place of a fact is its own 12 digits.
	Place int64 `db:"place"`
	// Month is YYYYMM.
	Month int64 `db:"month"`
	// N, Quantity and Fen are sums. N of a row of reaches is the number of different members.
	N        int64 `db:"n"`
	Quantity int64 `db:"quantity"`
	Fen      int64 `db:"fen"`
	// Village is the village of a fact, or 0.
	Village int64 `db:"village"`
	// Organization is the USCC of a fact's organization.
	Organization string `db:"organization"`
	// Member is the member of a row of members.
	Member string `db:"member"`
	// Name, Revision and Since are the resource of a fact, its revision and the position of its entry. Only FactsOf sets
	// them.
	Name     string `db:"name"`
	Revision int64  `db:"revision"`
	Since    int64  `db:"since"`
}

// Range is a range of codes of 12 digits, both ends included.
type Range struct{ From, To int64 }

// Portion selects the rows of a query. All fields except Within, Months and Organization are required.
type Portion struct {
	Classes []Class
	// Stages are the stages in which the rows count. A fact needs only one of them.
	Stages []facts.Stage
	// Level is the level of the rows of sums and counts. Facts have no level.
	Level facts.Level
	// Within are the places of the rows; empty means all.
	Within []Range
	// Months is the range of months of sums as YYYYMM, both ends included.
	Months Range
	// Organization limits facts to those of a USCC; "" means all.
	Organization string
	// Log is the log of the source of the classes.
	Log string
	// At is the moment of the facts. The other tables have only the present state.
	At *Moment
	// Limit is the maximum number of rows that are read.
	Limit int
}

// places returns the condition on the column place of a table whose places are of a level.
func (p Portion) places(l facts.Level) string {
	if len(p.Within) == 0 {
		return fmt.Sprintf("place BETWEEN %d AND %d", int64(1e11)/int64(l), int64(1e12-1)/int64(l))
	}
	parts := make([]string, len(p.Within))
	for i, r := range p.Within {
		parts[i] = fmt.Sprintf("place BETWEEN %d AND %d", r.From/int64(l), r.To/int64(l))
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

func (p Portion) classes() string {
	ids := make([]int64, len(p.Classes))
	for i, c := range p.Classes {
		ids[i] = c.ID
	}
	return list(ids)
}

// Sums returns the sums of a portion by class, stage, place and month.
func Sums(ctx context.Context, q database.Querier, p Portion) ([]Part, error) {
	stages := make([]int64, len(p.Stages))
	for i, s := range p.Stages {
		stages[i] = int64(s)
	}
	rows, err := database.All[Part](ctx, q, "SELECT class, stage AS stages, place, month, n, quantity, fen FROM cells WHERE "+facts.Live("")+" AND class IN "+p.classes()+
		" AND stage IN "+list(stages)+" AND "+p.places(p.Level)+" AND month BETWEEN $1 AND $2 AND (n <> 0 OR quantity <> 0 OR fen <> 0) LIMIT $3",
		p.Months.From, p.Months.To, p.Limit)
	if err != nil {
		return nil, fmt.Errorf("load sums: %w", err)
	}
	return rows, nil
}

// Facts returns the facts of a portion, regardless of their month.
func Facts(ctx context.Context, q database.Querier, p Portion) ([]Part, error) {
	condition, args := "", []any{int64(facts.In(p.Stages...)), p.Limit}
	if p.Organization != "" {
		condition, args = " AND organization = $3", append(args, p.Organization)
	}
	rows, err := database.All[Part](ctx, q, "SELECT class, stages, place, day / 100 AS month, n, quantity, fen, village, organization FROM facts WHERE class IN "+p.classes()+
		" AND "+p.places(facts.Villages)+condition+" AND (stages & $1) <> 0 AND "+p.At.valid(p.Log, "")+" LIMIT $2", args...)
	if err != nil {
		return nil, fmt.Errorf("load facts: %w", err)
	}
	return rows, nil
}

// Members returns the members of a portion in a dimension, by class, stage and place of the first slice's level.
func Members(ctx context.Context, q database.Querier, p Portion, d facts.Dimension) ([]Part, error) {
	return counted(ctx, q, p, func(c Class, stage facts.Stage) facts.Tally { return facts.Tallies(c.Class, stage, d)[0] },
		"SELECT tally AS class, place, member, n FROM members WHERE "+facts.Live("")+" AND n > 0 AND "+p.places(finest().Levels[0])+" AND tally IN ")
}

// Reaches returns the stored distinct counts of a slice for the classes of a portion in a dimension, at the portion's
// level.
func Reaches(ctx context.Context, q database.Querier, p Portion, slice string, d facts.Dimension) ([]Part, error) {
	return counted(ctx, q, p, func(c Class, stage facts.Stage) facts.Tally {
		tallies := facts.Tallies(c.Class, stage, d)
		for _, t := range tallies {
			if t.Slice == slice {
				return t
			}
		}
		return tallies[0]
	}, "SELECT tally AS class, place, n FROM reaches WHERE "+facts.Live("")+" AND n <> 0 AND "+p.places(p.Level)+" AND tally IN ")
}

// counted loads rows of tallies and replaces each tally by its class and stage.
func counted(ctx context.Context, q database.Querier, p Portion, of func(Class, facts.Stage) facts.Tally, query string) ([]Part, error) {
	type key struct {
		class int64
		stage facts.Stage
	}
	keys := map[int64]key{}
	var ids []int64
	for _, c := range p.Classes {
		for _, stage := range p.Stages {
			id := of(c, stage).ID()
			if _, known := keys[id]; !known {
				ids = append(ids, id)
			}
			keys[id] = key{c.ID, stage}
		}
	}
	rows, err := database.All[Part](ctx, q, query+list(ids)+" LIMIT $1", p.Limit)
	if err != nil {
		return nil, fmt.Errorf("load distinct counts: %w", err)
	}
	for i := range rows {
		k := keys[rows[i].Class]
		rows[i].Class, rows[i].Stages = k.class, facts.In(k.stage)
	}
	return rows, nil
}

// OrganizationClasses returns the classes of the facts of organizations at a moment, by USCC.
func OrganizationClasses(ctx context.Context, q database.Querier, usccs []string, m *Moment) (map[string]facts.Class, error) {
	names := make([]string, len(usccs))
	for i, uscc := range usccs {
		names[i] = "organizations/" + uscc
	}
	type row struct {
		Organization string `db:"organization"`
		facts.Class
	}
	rows, err := lookUp[row](ctx, q, "SELECT f.organization, c.source, c.parent, c.action, c.indicator, c.measure, c.attributes FROM facts f JOIN classes c ON c.id = f.class"+
		" WHERE "+m.valid(Org, "f.")+" AND f.name IN (%s)", names)
	if err != nil {
		return nil, fmt.Errorf("load organizations: %w", err)
	}
	found := make(map[string]facts.Class, len(rows))
	for _, r := range rows {
		found[r.Organization] = r.Class
	}
	return found, nil
}
