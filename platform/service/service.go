package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"time"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/resource"
)

// Service is the declaration of a service. P is a struct with the dependencies that only this service has, such as the
// clients of its peers. The fields of P are required unless they have the tag `optional:""`.
type Service[P any] struct {
	// Name is the name of the service, of its program and of its journal: "org" has the journal `logs/org`.
	Name string
	// Description is the text that --help prints.
	Description string
	// Migrations are the SQL of the service's tables, for [database.DB.Migrate].
	Migrations fs.FS
	// Steps are migrations that cannot be written in SQL: the [resource.Fill] of new columns.
	Steps []database.Step
	// Rooms returns the parts of the service, in the order in which they are opened. Rooms may keep the Kit and P, but
	// may use them only when they are opened, because Tables calls this function with empty values.
	Rooms func(*resource.Kit, P) ([]resource.Room, error)
}

// Schema is the schema that a service declares, without its peers.
type Schema interface {
	Migrate(ctx context.Context, db *database.DB) error
	CheckSchema(ctx context.Context, db *database.DB) error
	Tables() ([]resource.Table, error)
}

// versions returns the name of the table that records the applied migrations of the service. The journal has its own
// table.
func (s Service[P]) versions() string { return s.Name + "_version" }

// Migrate brings the database to the schema that this build needs. Several replicas may call it at once.
func (s Service[P]) Migrate(ctx context.Context, db *database.DB) error {
	if err := journal.Migrate(ctx, db); err != nil {
		return err
	}
	return db.Migrate(ctx, s.Migrations, s.versions(), s.Steps...)
}

// CheckSchema returns an error if the schema of the database is too old or too new for this build.
func (s Service[P]) CheckSchema(ctx context.Context, db *database.DB) error {
	if err := journal.CheckSchema(ctx, db); err != nil {
		return err
	}
	return db.CheckSchema(ctx, s.Migrations, s.versions(), s.Steps...)
}

// Tables returns the tables whose rows the service's journal records, so that the two can be compared without the
// service.
func (s Service[P]) Tables() ([]resource.Table, error) {
	var none P
	rooms, err := s.Rooms(&resource.Kit{Deps: resource.Deps{Clock: func() time.Time { return time.Time{} }}}, none)
	if err != nil {
		return nil, err
	}
	var tables []resource.Table
	for _, r := range rooms {
		if r.Table == nil {
			continue
		}
		t, err := r.Table()
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return tables, nil
}

// Open opens the service on a migrated database. The caller closes the Kit, and then the database.
func (s Service[P]) Open(ctx context.Context, d resource.Deps, peers P) (*resource.Kit, error) {
	if err := complete(peers); err != nil {
		return nil, fmt.Errorf("open %s: %w", s.Name, err)
	}
	d.Log = s.Name
	k, err := resource.Open(ctx, d)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", s.Name, err)
	}
	if err := s.open(ctx, k, peers); err != nil {
		return nil, fmt.Errorf("open %s: %w", s.Name, errors.Join(err, k.Close()))
	}
	return k, nil
}

func (s Service[P]) open(ctx context.Context, k *resource.Kit, peers P) error {
	rooms, err := s.Rooms(k, peers)
	if err != nil {
		return err
	}
	for _, r := range rooms {
		if err := r.Open(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

// complete returns an error that names the first required field of the peers that is missing.
func complete(peers any) error {
	v := reflect.ValueOf(peers)
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if _, optional := f.Tag.Lookup("optional"); !optional && v.Field(i).IsZero() {
			return fmt.Errorf("%s.%s is missing", v.Type().Name(), f.Name)
		}
	}
	return nil
}
