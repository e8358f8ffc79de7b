package resource

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/platform/database"
)

// fillChunk is the number of rows that one transaction fills. They are locked until it ends.
const fillChunk = 500

// Fill returns the migration that sets a newly declared column in existing rows. SQL cannot compute the value, because
// only the message contains it. The migration that adds the column comes first. The meaning of a column never changes,
// because replicas of two versions would refuse each other's rows; another meaning needs another column.
//
// Fill reads only the columns that all kinds share and writes only its own, so that later migrations do not affect it.
// It does not change the resource: revisions, times and the journal stay as they are. It skips a row that another
// writer changes meanwhile. It does not fill rows that a version without the column writes afterwards, so another Fill
// must follow when no replica runs that version. Columns of personal fields cannot be filled.
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

// bare returns a store without a kit, which can only read rows. The table may still lack some of its columns.
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
