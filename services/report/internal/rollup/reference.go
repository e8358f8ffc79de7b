package rollup

import (
	"context"
	"fmt"
	"strconv"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// storeVersion stores a revision of a resource in a table that keeps all revisions, and closes the one before at its
// position. It skips a revision that is not newer than the stored ones.
func (w *work) storeVersion(ctx context.Context, table string, columns []string, c change, values ...any) error {
	const open = " AND until = 9223372036854775807"
	newest, err := database.All[int64](ctx, w, "SELECT revision FROM "+table+" WHERE name = $1"+open, c.name)
	if err != nil {
		return fmt.Errorf("load revision of %s: %w", c.name, err)
	}
	if len(newest) > 0 && newest[0] >= c.revision {
		return nil
	}
	if _, err := w.ExecContext(ctx, "UPDATE "+table+" SET until = $1 WHERE name = $2"+open, c.position, c.name); err != nil {
		return fmt.Errorf("close revision of %s: %w", c.name, err)
	}
	into := database.Into(table, append([]string{"name", "revision", "since", "until"}, columns...)...)
	row := append([]any{c.name, c.revision, c.position, int64(facts.Open)}, values...)
	if err := w.Apply(ctx, w.db.Insert(into, [][]any{row})); err != nil {
		return fmt.Errorf("store %s: %w", c.name, err)
	}
	return nil
}

func applyCampaigns(ctx context.Context, w *work, changes []change) error {
	for _, c := range changes {
		if c.campaign == nil {
			continue
		}
		if err := w.storeVersion(ctx, "campaigns", []string{"body"}, c, c.campaign); err != nil {
			return err
		}
	}
	return nil
}

func applyDivisions(ctx context.Context, w *work, changes []change) error {
	for _, c := range changes {
		code, err := trimmedCode(c.division.GetCode())
		if err != nil {
			return fmt.Errorf("store %s: %w", c.name, err)
		}
		_, err = w.ExecContext(ctx, `INSERT INTO divisions (name, revision, code, display_name, display_name_en) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (name) DO UPDATE SET revision = excluded.revision, display_name = excluded.display_name, display_name_en = excluded.display_name_en
			WHERE excluded.revision > divisions.revision`,
			c.name, c.revision, code, c.division.GetDisplayName(), c.division.GetDisplayNameEn())
		if err != nil {
			return fmt.Errorf("store %s: %w", c.name, err)
		}
	}
	return nil
}

// trimmedCode returns a division's code without trailing zeros: 43, 4331 or 433124.
func trimmedCode(code string) (int64, error) {
	n, err := strconv.ParseInt(code, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read division code: %w", err)
	}
	n /= 1e6
	for n >= 100 && n%100 == 0 {
		n /= 100
	}
	return n, nil
}
