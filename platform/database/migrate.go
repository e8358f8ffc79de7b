package database

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// Migrate applies the migrations of set that are missing, one transaction for each, and records them in versionTable.
// set holds goose's files in one directory: 20261130090000_name.sql, or 20261130090000_name.sqlite.sql and
// 20261130090000_name.postgres.sql where the engines differ. The number is the time (UTC) at which a migration was
// written. Missing migrations are applied in the order of their numbers, also below numbers that are applied already,
// because branches are merged in another order than their migrations were written. steps are numbered in the same
// sequence as the files.
//
// On PostgreSQL, Migrate first creates the schema of the search_path. Any number of processes may call it at once: one
// migrates and the others wait. A schema with a migration that set lacks is left as it is and refused with a
// *SchemaError: this program must not write to tables that a newer program has changed.
func (d *DB) Migrate(ctx context.Context, set fs.FS, versionTable string, steps ...Step) error {
	migrations, err := readMigrations(d.kind, set, steps)
	if err != nil {
		return fmt.Errorf("migrate %s: %w", versionTable, err)
	}
	if err := d.refuseAhead(ctx, migrations, versionTable); err != nil {
		return err
	}
	if err := d.backend.migrate(ctx, migrations.on(d), versionTable); err != nil {
		return fmt.Errorf("migrate %s: %w", versionTable, translate(err))
	}
	return d.refuseAhead(ctx, migrations, versionTable) // a newer program may have migrated first
}

// Step is a migration that SQL alone cannot do, such as one that decodes messages. It does not run in one transaction:
// Run opens its own through the DB, so that a running server waits only for short ones. If it is interrupted it runs
// again from the start, so it must be safe to repeat.
type Step struct {
	// Version is its number. No file of the set may have the same number.
	Version int64
	// Run does the migration. Nil means that there is nothing left to do; the number stays reserved.
	Run func(ctx context.Context, db *DB) error
}

func (d *DB) refuseAhead(ctx context.Context, m *migrations, versionTable string) error {
	report, err := d.compare(ctx, m, versionTable)
	if err != nil {
		return fmt.Errorf("migrate %s: %w", versionTable, err)
	}
	if report.TooNew() {
		return report
	}
	return nil
}

// SchemaError reports that the tables are not those that the program was written for.
type SchemaError struct {
	VersionTable string
	// Unknown are the applied migrations that the program does not have. Missing are those of the program that are not
	// applied. Both are in ascending order.
	Unknown, Missing []int64
}

// TooNew reports whether the database is ahead of the program, as it is for the old replicas of a rolling update.
func (e *SchemaError) TooNew() bool { return len(e.Unknown) > 0 }

func (e *SchemaError) Error() string {
	if e.TooNew() {
		return fmt.Sprintf("%s has the migration %d, which this program does not know: run a newer program",
			e.VersionTable, e.Unknown[len(e.Unknown)-1])
	}
	return fmt.Sprintf("%s lacks the migration %d, which this program needs: run its migrations first",
		e.VersionTable, e.Missing[0])
}

// CheckSchema returns a *SchemaError unless exactly the migrations of set and steps are applied. It changes nothing.
func (d *DB) CheckSchema(ctx context.Context, set fs.FS, versionTable string, steps ...Step) error {
	migrations, err := readMigrations(d.kind, set, steps)
	if err != nil {
		return fmt.Errorf("check %s: %w", versionTable, err)
	}
	report, err := d.compare(ctx, migrations, versionTable)
	if err != nil {
		return fmt.Errorf("check %s: %w", versionTable, err)
	}
	if len(report.Unknown)+len(report.Missing) > 0 {
		return report
	}
	return nil
}

// compare returns how the applied migrations differ from those of m.
func (d *DB) compare(ctx context.Context, m *migrations, versionTable string) (*SchemaError, error) {
	applied, err := d.applied(ctx, versionTable)
	if err != nil {
		return nil, translate(err)
	}
	return &SchemaError{
		VersionTable: versionTable, Unknown: without(applied, m.versions), Missing: without(m.versions, applied),
	}, nil
}

// without returns the versions that others do not contain, in ascending order.
func without(versions, others []int64) []int64 {
	kept := slices.DeleteFunc(slices.Clone(versions), func(v int64) bool { return slices.Contains(others, v) })
	slices.Sort(kept)
	return kept
}

// applied reads goose's table, which holds a row for each applied migration and one with version 0 for itself.
func (d *DB) applied(ctx context.Context, versionTable string) ([]int64, error) {
	migrated, err := d.backend.hasTable(ctx, versionTable)
	if err != nil || !migrated {
		return nil, err
	}
	return All[int64](ctx, d.Reader(), "SELECT version_id FROM "+versionTable+" WHERE version_id > 0")
}

var errNoMigrations = errors.New("the set has no migrations")
