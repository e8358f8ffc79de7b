package rollup

import (
	"context"
	"fmt"

	"github.com/wancun/wancun/platform/database"
)

// Later reports whether a moment is later than another one in a log.
func (m *Moment) Later(than *Moment, log string) bool {
	return than != nil && (m == nil || m.positions[log] > than.positions[log])
}

// Changed returns the names of the resources that have a revision between two moments with a fact in one of the classes
// of a log, sorted, and at most limit of them.
func Changed(ctx context.Context, q database.Querier, classes []Class, log string, before, after *Moment, limit int) ([]string, error) {
	condition := fmt.Sprintf(" AND since > %d", before.positions[log])
	if after != nil {
		condition += fmt.Sprintf(" AND since <= %d", after.positions[log])
	}
	names, err := database.All[string](ctx, q, "SELECT DISTINCT name FROM facts WHERE class IN "+Portion{Classes: classes}.classes()+condition+
		" ORDER BY name LIMIT $1", limit)
	if err != nil {
		return nil, fmt.Errorf("load changed resources: %w", err)
	}
	return names, nil
}

// FactsOf returns the facts of some resources that were valid at a moment.
func FactsOf(ctx context.Context, q database.Querier, names []string, log string, m *Moment) ([]Part, error) {
	rows, err := lookUp[Part](ctx, q, "SELECT name, revision, since, class, stages, place, day / 100 AS month, n, quantity, fen, organization FROM facts WHERE name IN (%s) AND "+
		m.valid(log, ""), names)
	if err != nil {
		return nil, fmt.Errorf("load facts of resources: %w", err)
	}
	return rows, nil
}
