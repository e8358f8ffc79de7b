package report

import (
	"context"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/services/report/internal/rollup"
)

// Audit compares what report has made of the journals with the journals, for whoever checks it without the service, and
// AuditOutcome is what it found.
type (
	Audit        = rollup.Audit
	AuditOutcome = rollup.Outcome
)

// Applied are the signed checkpoints of the journals that cover what a report's database contains of them, by the names of
// the journals. One of which nothing was applied yet is left out.
func Applied(ctx context.Context, db *database.DB) (map[string]string, error) {
	return rollup.Applied(ctx, db.Reader())
}
