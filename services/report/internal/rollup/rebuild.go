package rollup

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/wancun/wancun/platform/database"
)

// shape numbers the way in which rollups follow from facts. Raise it with every change of divisors, slices or counted
// columns: the first replica of the new version then rebuilds, and older ones neither apply nor answer any more, since
// they would misread what it built.
const shape = 2

// errNewerShape says that a newer version of this program owns the rollups; an older one leaves them as they are.
var errNewerShape = errors.New("the rollups were built by a newer version of report")

// derived are the rollup tables, each with the query that makes its rows from the facts alone. The counts are written as
// their definitions, and not as the increments are computed.
func derived() []struct {
	counters
	query string
} {
	return []struct {
		counters
		query string
	}{{cellCounters, cellQuery()}, {memberCounters, memberQuery()}, {reachCounters, reachQuery()}}
}

func cellQuery() string {
	levels := cellLevels()
	return fmt.Sprintf(`WITH %s
		SELECT campaign, village / divisor, day / 100, action, indicator, measure,
			COUNT(*), CAST(SUM(quantity) AS BIGINT), CAST(SUM(fen) AS BIGINT),
			COUNT(CASE WHEN state = %[2]d THEN 1 END),
			CAST(SUM(CASE WHEN state = %[2]d THEN quantity ELSE 0 END) AS BIGINT),
			CAST(SUM(CASE WHEN state = %[2]d THEN fen ELSE 0 END) AS BIGINT)
		FROM facts CROSS JOIN level WHERE state <> %[3]d
		GROUP BY campaign, village / divisor, day / 100, action, indicator, measure`, levelTable(levels[:]), confirmed, void)
}

// sliced is SQL for figure.SlicesOf and, beside each, figure.Alike. Facts that no count of members tells apart are one row
// of it, with their number, recorded and confirmed.
func sliced() string {
	part := func(slice, where string) string {
		return "SELECT campaign, organization, village, finest, n, confirmed_n, " + slice + " AS slice FROM alike" + where
	}
	return fmt.Sprintf(`alike AS (
			SELECT campaign, organization, village, action, indicator, measure,
				'alike/' || action || '/' || indicator || '/' || CAST(measure AS TEXT) AS finest,
				COUNT(*) AS n, COUNT(CASE WHEN state = %d THEN 1 END) AS confirmed_n
			FROM facts WHERE state <> %d GROUP BY campaign, organization, village, action, indicator, measure),
		sliced AS (`, confirmed, void) + strings.Join([]string{
		part("''", ""),
		part("'action/' || action", ""),
		part("'indicator/' || indicator", ""),
		part("'value'", " WHERE measure <> 0"),
		part("'measure/' || CAST(measure AS TEXT)", " WHERE measure <> 0"),
	}, " UNION ALL ") + ")"
}

// memberQuery counts deliveries in the finest slice of a county; then what holds the member one step down: finest slices of a
// county, of any county, and for the whole above the county divisions.
func memberQuery() string {
	levels := reachLevels()
	distinct := func(what string) string {
		return fmt.Sprintf("COUNT(DISTINCT %[1]s), COUNT(DISTINCT CASE WHEN confirmed_n > 0 THEN %[1]s END)", what)
	}
	return fmt.Sprintf(`WITH %[1]s, %[2]s, held AS (
			SELECT campaign, slice, finest, village, n, confirmed_n, organization AS member FROM sliced
			UNION ALL SELECT campaign, slice, finest, village, n, confirmed_n, 'villages/' || CAST(village AS TEXT) FROM sliced)
		SELECT campaign, finest, village / %[3]d, member, CAST(SUM(n) AS BIGINT), CAST(SUM(confirmed_n) AS BIGINT)
		FROM held WHERE slice = '' GROUP BY campaign, finest, village / %[3]d, member
		UNION ALL
		SELECT campaign, slice, village / %[3]d, member, %[5]s
		FROM held WHERE slice = '' GROUP BY campaign, slice, village / %[3]d, member
		UNION ALL
		SELECT campaign, slice, village / %[4]d, member, %[6]s
		FROM held WHERE slice <> '' GROUP BY campaign, slice, village / %[4]d, member
		UNION ALL
		SELECT campaign, slice, village / divisor, member, %[7]s
		FROM held CROSS JOIN level WHERE slice = '' AND below <> 1 GROUP BY campaign, slice, village / divisor, member`,
		levelTable(levels[:]), sliced(), county, everywhere,
		distinct("finest"), distinct(fmt.Sprintf("CAST(village / %d AS TEXT) || finest", county)), distinct("village / below"))
}

func reachQuery() string {
	levels := reachLevels()
	return fmt.Sprintf(`WITH %s, %s
		SELECT campaign, slice, village / divisor, COUNT(DISTINCT organization), COUNT(DISTINCT village),
			COUNT(DISTINCT CASE WHEN confirmed_n > 0 THEN organization END), COUNT(DISTINCT CASE WHEN confirmed_n > 0 THEN village END)
		FROM sliced CROSS JOIN level WHERE slice = '' OR divisor = %d GROUP BY campaign, slice, village / divisor`,
		levelTable(levels[:]), sliced(), everywhere)
}

// reshape rebuilds rollups that older code built, and is errNewerShape for those of newer code.
func (s *Store) reshape(ctx context.Context) error {
	stored, err := storedShape(ctx, s.db.Reader())
	if err != nil || stored == shape {
		return err
	}
	return s.rebuild(ctx, func(stored int64) bool { return stored != shape })
}

// Rebuild makes all rollups anew from the facts. No log is applied meanwhile; readers see the old rollups until the end.
func (s *Store) Rebuild(ctx context.Context) error {
	return s.rebuild(ctx, func(int64) bool { return true })
}

// rebuild is Rebuild if the stored shape still needs it once nobody else can change it.
func (s *Store) rebuild(ctx context.Context, needed func(stored int64) bool) error {
	var generation int64
	err := s.db.InTx(ctx, func(ctx context.Context, tx database.Tx) error {
		if err := s.db.Unhurried(ctx, tx); err != nil {
			return err
		}
		// All cursors in one order: whoever applies a log, or rebuilds, waits.
		if _, err := database.All[int64](ctx, tx, "SELECT position FROM cursors ORDER BY log"+s.db.ForUpdate()); err != nil {
			return fmt.Errorf("lock cursors: %w", err)
		}
		stored, err := storedShape(ctx, tx)
		switch {
		case err != nil:
			return err
		case stored > shape:
			return errNewerShape
		case !needed(stored):
			generation, err = storedGeneration(ctx, tx)
			return err
		}
		if err := derive(ctx, tx); err != nil {
			return err
		}
		generation, err = s.nextGeneration(ctx, tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("rebuild rollups: %w", err)
	}
	s.wake(generation)
	return nil
}

// derive fills the tables of rollups from the facts, in this code's shape.
func derive(ctx context.Context, tx database.Tx) error {
	for _, d := range derived() {
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+d.table); err != nil {
			return fmt.Errorf("empty %s: %w", d.table, err)
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO "+d.table+" ("+strings.Join(d.columns(), ", ")+") "+d.query); err != nil {
			return fmt.Errorf("rebuild %s: %w", d.table, err)
		}
	}
	if _, err := tx.ExecContext(ctx, "UPDATE generations SET shape = $1 WHERE one = 1", int64(shape)); err != nil {
		return fmt.Errorf("set shape: %w", err)
	}
	return nil
}

func storedShape(ctx context.Context, q database.Querier) (int64, error) {
	stored, err := database.One[int64](ctx, q, "SELECT shape FROM generations WHERE one = 1")
	if err != nil {
		return 0, fmt.Errorf("read shape: %w", err)
	}
	return stored, nil
}
