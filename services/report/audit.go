package report

import (
	"context"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/services/report/internal/rollup"
)

// Audit compares report's tables with the journals. It needs no running service.
type Audit = rollup.Audit

// AuditOutcome is what an Audit found.
type AuditOutcome = rollup.Outcome

// Applied are the signed checkpoints of the journals that cover what a report's database contains of them, by the names of
// the journals. One of which nothing was applied yet is left out.
func Applied(ctx context.Context, db *database.DB) (map[string]string, error) {
	return rollup.Applied(ctx, db.Reader())
}
