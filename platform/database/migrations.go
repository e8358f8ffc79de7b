package database

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
)

// migrations are the migrations of a set for one engine.
type migrations struct {
	dir      fs.FS
	excluded []string // the other engine's files
	versions []int64
	steps    []Step
	inGo     []*goose.Migration // the steps, once on has bound them to a database
}

// readMigrations finds the one directory of set that has SQL files, and the files in it that are for the engine.
func readMigrations(kind Engine, set fs.FS, steps []Step) (*migrations, error) {
	files, err := sqlFiles(set)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, errNoMigrations
	}
	dir := path.Dir(files[0])
	m := &migrations{}
	if m.dir, err = fs.Sub(set, dir); err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	for _, file := range files {
		if path.Dir(file) != dir {
			return nil, fmt.Errorf("read migrations: %s and %s are in different directories", files[0], file)
		}
		if err := m.add(kind, path.Base(file)); err != nil {
			return nil, err
		}
	}
	for _, step := range steps {
		if slices.Contains(m.versions, step.Version) {
			return nil, fmt.Errorf("migration %d stands twice", step.Version)
		}
		m.versions = append(m.versions, step.Version)
	}
	m.steps = steps
	return m, nil
}

// on turns the steps into migrations of a database. They run outside goose's transaction and do not use its connection,
// which is idle meanwhile and blocks no writer.
func (m *migrations) on(d *DB) *migrations {
	for _, step := range m.steps {
		up := &goose.GoFunc{Mode: goose.TransactionDisabled}
		if step.Run != nil {
			up.RunDB = func(ctx context.Context, _ *sql.DB) error { return step.Run(ctx, d) }
		}
		m.inGo = append(m.inGo, goose.NewGoMigration(step.Version, up, nil))
	}
	return m
}

func sqlFiles(set fs.FS) ([]string, error) {
	var files []string
	err := fs.WalkDir(set, ".", func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && path.Ext(file) == ".sql" {
			files = append(files, file)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return files, nil
}

// add adds a file, or excludes it if it is for the other engine. A file for one engine needs a twin for the other;
// otherwise the two schemas would drift apart.
func (m *migrations) add(kind Engine, file string) error {
	for engine, other := range map[Engine]Engine{SQLite: Postgres, Postgres: SQLite} {
		stem, only := strings.CutSuffix(file, "."+engine.String()+".sql")
		if !only {
			continue
		}
		twin := stem + "." + other.String() + ".sql"
		if _, err := fs.Stat(m.dir, twin); err != nil {
			return fmt.Errorf("migration %s stands without %s", file, twin)
		}
		if engine != kind {
			m.excluded = append(m.excluded, file)
			return nil
		}
	}
	version, err := goose.NumericComponent(file)
	if err != nil {
		return fmt.Errorf("migration %s: %w", file, err)
	}
	m.versions = append(m.versions, version)
	return nil
}

func (m *migrations) up(ctx context.Context, dialect goose.Dialect, pool *sql.DB, versionTable string,
	more ...goose.ProviderOption,
) error {
	options := slices.Concat(more, []goose.ProviderOption{
		goose.WithTableName(versionTable),
		goose.WithExcludeNames(m.excluded),
		goose.WithGoMigrations(m.inGo...),
		goose.WithDisableGlobalRegistry(true),
		goose.WithAllowOutofOrder(true),
	})
	provider, err := goose.NewProvider(dialect, pool, m.dir, options...)
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}
