package rollup

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/day"
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

// trimmedCode is a division's code without the zeros that pad it: 43, 4331 or 433124.
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

// applyScopes replaces the memberships of scopes.
func applyScopes(ctx context.Context, w *work, changes []change) error {
	for _, c := range changes {
		revision, err := database.One[int64](ctx, w, "SELECT revision FROM scopes WHERE name = $1", c.name)
		if err != nil && !errors.Is(err, database.ErrNotFound) {
			return fmt.Errorf("load %s: %w", c.name, err)
		}
		if revision >= c.revision {
			continue
		}
		_, err = w.ExecContext(ctx, `INSERT INTO scopes (name, revision) VALUES ($1, $2)
			ON CONFLICT (name) DO UPDATE SET revision = excluded.revision`, c.name, c.revision)
		if err != nil {
			return fmt.Errorf("store %s: %w", c.name, err)
		}
		if err := replaceMembers(ctx, w, c.name, c.scope); err != nil {
			return fmt.Errorf("store members of %s: %w", c.name, err)
		}
	}
	return nil
}

var intoScopeMembers = database.Into("scope_members", "scope", "village", "valid_from", "valid_to")

func replaceMembers(ctx context.Context, w *work, name string, scope *villagev1.Scope) error {
	if _, err := w.ExecContext(ctx, "DELETE FROM scope_members WHERE scope = $1", name); err != nil {
		return err
	}
	rows := make([][]any, len(scope.GetMembers()))
	for i, m := range scope.GetMembers() {
		village, err := villageCode(m.GetVillage())
		if err != nil {
			return err
		}
		until := day.Never
		if m.GetValidTo() != nil {
			until = day.Number(m.GetValidTo())
		}
		rows[i] = []any{name, village, int64(day.Number(m.GetValidFrom())), int64(until)}
	}
	w.put(intoScopeMembers, rows)
	return nil
}
