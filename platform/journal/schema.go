package journal

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/wancun/wancun/platform/database"
)

// versionTable records the journal's own migrations. The service has another table for its own.
const versionTable = "journal_version"

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the journal's tables in db up to date. Several replicas may call it at once.
func Migrate(ctx context.Context, db *database.DB) error {
	set, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("migrate journal: %w", err)
	}
	if err := db.Migrate(ctx, set, versionTable); err != nil {
		return fmt.Errorf("migrate journal: %w", err)
	}
	return nil
}

// CheckSchema returns an error unless this binary fits the journal's tables in db. It changes nothing.
func CheckSchema(ctx context.Context, db *database.DB) error {
	set, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("check journal: %w", err)
	}
	if err := db.CheckSchema(ctx, set, versionTable); err != nil {
		return fmt.Errorf("check journal: %w", err)
	}
	return nil
}
