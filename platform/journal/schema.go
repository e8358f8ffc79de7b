package journal

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/wancun/wancun/platform/database"
)

// versionTable records which of the journal's own migrations ran; the service keeps its own beside it.
const versionTable = "journal_version"

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the journal's tables in db up to date. It is safe with several replicas starting at once.
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

// CheckSchema says whether this binary fits the journal's tables in db, without changing them.
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
