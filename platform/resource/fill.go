package resource

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/platform/database"
)

// fillChunk is how many rows one transaction fills: its rows are locked until it ends.
const fillChunk = 500

// Fill is the migration that gives a declared column its value in rows written before it was declared: only the message has
// it, and SQL cannot read that. The migration that adds the column comes first. What a column holds never changes: replicas
// of two versions would refuse each other's rows, so another meaning is another column.
//
// It reads nothing but the columns that all kinds share and writes only its own, so that what later migrations do is no
// matter. It is no change of the resource: revisions, times and the journal stay. A row that somebody changes meanwhile
// is left to them; one that a version without the column writes is not filled, so until none of them runs there must be
// another Fill. Columns of personal fields cannot be filled.
func Fill[M proto.Message](version int64, kind Kind[M], column string) database.Step {
	return database.Step{Version: version, Run: func(ctx context.Context, db *database.DB) error {
		if err := fill(ctx, db, kind, column); err != nil {
			return fmt.Errorf("fill %s of %s: %w", column, kind.Table, err)
		}
		return nil
	}}
}

func fill[M proto.Message](ctx context.Context, db *database.DB, kind Kind[M], column string) error {
	s, err := bare(kind)
	if err != nil {
		return err
	}
	value, err := valueOf(kind, column)
	if err != nil {
		return err
	}
	query := fmt.Sprintf("SELECT %s FROM %s WHERE name > $1 ORDER BY name LIMIT %d",
		strings.Join(sharedColumns(), ", "), kind.Table, fillChunk)
	set := fmt.Sprintf("UPDATE %s SET %s = $1 WHERE name = $2 AND revision = $3 AND %s IS DISTINCT FROM $1", kind.Table, column, column)
	for last := ""; ; {
		rows, err := database.All[row](ctx, db.Reader(), query, last)
		if err != nil || len(rows) == 0 {
			return err
		}
		statements := make([]database.Statement, len(rows))
		for i := range rows {
			r := &rows[i]
			m, err := s.bodyOf(r)
			if err != nil {
				return err
			}
			s.stampRow(m, r)
			statements[i] = database.Statement{SQL: set, Args: []any{value(m), r.Name, r.Revision}, Rows: database.AnyRows}
		}
		if err := db.Apply(ctx, statements); err != nil {
			return err
		}
		last = rows[len(rows)-1].Name
	}
}

// bare is a store without a kit, which can only read rows. The table may not have all of its columns yet.
func bare[M proto.Message](kind Kind[M]) (*Store[M], error) {
	var blank M
	blank = blank.ProtoReflect().New().Interface().(M)
	sh, err := shapeOf(blank)
	if err != nil {
		return nil, err
	}
	s := &Store[M]{kind: kind, shape: sh, blank: blank}
	s.kind.Columns = kind.placedColumns(sh)
	for _, c := range s.kind.Columns {
		if !c.arriving {
			s.settled = append(s.settled, c)
		}
	}
	s.prepareSQL()
	return s, nil
}

func valueOf[M proto.Message](kind Kind[M], column string) (func(M) any, error) {
	for _, c := range kind.Columns {
		if c.name == column {
			return c.value, nil
		}
	}
	return nil, errors.New("the kind declares no such column")
}
