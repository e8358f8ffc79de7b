package report

import (
	"context"
	"errors"
	"fmt"
	"os"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/report/internal/rollup"
)

// Audit compares the tables of report with the journals. It does not need a running service.
type Audit = rollup.Audit

// compare runs an Audit within the running service.
func compare(db *database.DB, journals map[string]journalv1.JournalServiceClient) resource.Comparison {
	return func(ctx context.Context, pause func(context.Context) error) (rows map[string]int64, differences []resource.Difference, err error) {
		scratch, err := os.MkdirTemp("", "wancun-check-*")
		if err != nil {
			return nil, nil, fmt.Errorf("make temporary directory: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
		found, err := Audit{DB: db, Journals: journals, Scratch: scratch, Portion: 1000, Pause: pause}.Run(ctx)
		return found.Rows, found.Differences, err
	}
}

// AuditOutcome is the result of an Audit.
type AuditOutcome = rollup.Outcome

// Applied returns, by the name of each journal, the signed checkpoint that covers the entries applied to report's
// database. It omits journals without applied entries.
func Applied(ctx context.Context, db *database.DB) (map[string]string, error) {
	return rollup.Applied(ctx, db.Reader())
}
