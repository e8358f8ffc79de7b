package rollup

import (
	"context"
	"fmt"
	"strconv"
)

func applyCampaigns(ctx context.Context, w *work, changes []change) error {
	for _, c := range changes {
		_, err := w.ExecContext(ctx, `INSERT INTO campaigns (name, revision, body) VALUES ($1, $2, $3)
			ON CONFLICT (name) DO UPDATE SET revision = excluded.revision, body = excluded.body
			WHERE excluded.revision > campaigns.revision`, c.name, c.revision, c.campaign)
		if err != nil {
			return fmt.Errorf("store %s: %w", c.name, err)
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
