package database

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// Migrate applies the migrations of set that are missing, one transaction for each, and records them in versionTable.
// set holds goose's NNNNN_name.sql files in one directory, or NNNNN_name.sqlite.sql and NNNNN_name.postgres.sql where
// the engines differ. On PostgreSQL it first creates the schema of the search_path. Any number of processes may call it
// at once: one migrates and the others wait. steps are numbered in the same sequence as the files.
//
// A schema that is ahead of set is left as it is and refused with a *SchemaError: this program must not write to tables
// that a newer program has changed.
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
	_, report, err := d.compare(ctx, m, versionTable)
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
	// Have is the newest migration applied; 0 if there is none. Want is the newest that the program knows.
	Have, Want int64
}

// TooNew reports whether the database is ahead of the program, as it is for the old replicas of a rolling update.
func (e *SchemaError) TooNew() bool { return e.Have > e.Want }

func (e *SchemaError) Error() string {
	if e.TooNew() {
		return fmt.Sprintf("%s is at version %d and this program knows only %d: run a newer program",
			e.VersionTable, e.Have, e.Want)
	}
	return fmt.Sprintf("%s is at version %d and this program needs everything up to %d: run its migrations first",
		e.VersionTable, e.Have, e.Want)
}

// CheckSchema returns a *SchemaError unless exactly the migrations of set and steps are applied. It changes nothing.
func (d *DB) CheckSchema(ctx context.Context, set fs.FS, versionTable string, steps ...Step) error {
	migrations, err := readMigrations(d.kind, set, steps)
	if err != nil {
		return fmt.Errorf("check %s: %w", versionTable, err)
	}
	applied, report, err := d.compare(ctx, migrations, versionTable)
	if err != nil {
		return fmt.Errorf("check %s: %w", versionTable, err)
	}
	for _, version := range migrations.versions {
		if !slices.Contains(applied, version) {
			return report
		}
	}
	if report.TooNew() {
		return report
	}
	return nil
}

// compare returns the applied versions and a *SchemaError that describes them.
func (d *DB) compare(ctx context.Context, m *migrations, versionTable string) ([]int64, *SchemaError, error) {
	applied, err := d.applied(ctx, versionTable)
	if err != nil {
		return nil, nil, translate(err)
	}
	return applied, &SchemaError{VersionTable: versionTable, Have: newest(applied), Want: newest(m.versions)}, nil
}

// applied reads goose's table, which holds a row for each applied migration and one with version 0 for itself.
func (d *DB) applied(ctx context.Context, versionTable string) ([]int64, error) {
	migrated, err := d.backend.hasTable(ctx, versionTable)
	if err != nil || !migrated {
		return nil, err
	}
	return All[int64](ctx, d.Reader(), "SELECT version_id FROM "+versionTable+" WHERE version_id > 0")
}

func newest(versions []int64) int64 {
	var v int64
	for _, version := range versions {
		v = max(v, version)
	}
	return v
}

var errNoMigrations = errors.New("the set has no migrations")
