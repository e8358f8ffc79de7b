package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"
)

// Querier runs a query. The context ends both the query and the reading of its rows.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Scanned is a row whose columns are known only at run time. Targets is called once for each row, on a pointer to it,
// with the columns of the query in order. It returns the values that the columns are scanned into.
type Scanned interface{ Targets(columns []string) []any }

// All reads every row of query into a T: a struct whose fields name their columns by a `db:"column"` tag, a [Scanned],
// or anything that a single column can be scanned into. Every column of the query must have a field; a field without a
// column keeps its zero value. A query without rows has an empty result and no error.
func All[T any](ctx context.Context, q Querier, query string, args ...any) ([]T, error) {
	var all []T
	err := scan(ctx, q, query, args, func(next func(*T) error) error {
		for {
			var zero T
			all = append(all, zero)
			err := next(&all[len(all)-1])
			if errors.Is(err, ErrNotFound) {
				all = all[:len(all)-1]
				return nil
			}
			if err != nil {
				return err
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// One reads the first row of query as All does and ignores any others. It returns ErrNotFound if there is none.
func One[T any](ctx context.Context, q Querier, query string, args ...any) (T, error) {
	var one T
	err := scan(ctx, q, query, args, func(next func(*T) error) error { return next(&one) })
	return one, err
}

// scan runs query and calls read with a function that fills the next row, or returns ErrNotFound after the last one.
func scan[T any](ctx context.Context, q Querier, query string, args []any, read func(next func(*T) error) error) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return translate(err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has returned any error
	columns, err := rows.Columns()
	if err != nil {
		return translate(err)
	}
	aim, err := aiming[T](q, columns)
	if err != nil {
		return err
	}
	return read(func(row *T) error {
		if !rows.Next() {
			if err := rows.Err(); err != nil {
				return translate(err)
			}
			return ErrNotFound
		}
		return translate(rows.Scan(aim(row)...))
	})
}

// aiming returns a function that returns the scan targets of a row: those that a Scanned names, the fields of a struct,
// or the row itself if it is a scalar. The targets are valid until the next row.
func aiming[T any](q Querier, columns []string) (func(*T) []any, error) {
	if _, ok := any((*T)(nil)).(Scanned); ok {
		return func(row *T) []any { return any(row).(Scanned).Targets(columns) }, nil
	}
	paths, err := layoutFor(q, reflect.TypeFor[T]()).paths(columns)
	if err != nil {
		return nil, err
	}
	targets := make([]any, len(columns))
	return func(row *T) []any {
		if paths == nil {
			targets[0] = row
			return targets
		}
		value := reflect.ValueOf(row).Elem()
		for i, path := range paths {
			targets[i] = value.FieldByIndex(path).Addr().Interface()
		}
		return targets
	}, nil
}

// layout maps the columns of a query to the fields of one row type.
type layout struct {
	row    reflect.Type
	fields map[string][]int // by column; nil for a scalar
}

func newLayout(row reflect.Type) *layout {
	if scalar(row) {
		return &layout{row: row}
	}
	fields := map[string][]int{}
	for _, f := range reflect.VisibleFields(row) {
		if column := f.Tag.Get("db"); column != "" && f.IsExported() && embeddedByValue(row, f.Index) {
			fields[column] = f.Index
		}
	}
	return &layout{row: row, fields: fields}
}

// embeddedByValue reports whether the field at path exists in a zero row, and is not behind an embedded pointer.
func embeddedByValue(row reflect.Type, path []int) bool {
	for _, i := range path[:len(path)-1] {
		if row = row.Field(i).Type; row.Kind() != reflect.Struct {
			return false
		}
	}
	return true
}

func scalar(row reflect.Type) bool {
	return row.Kind() != reflect.Struct || row == reflect.TypeFor[time.Time]() ||
		reflect.PointerTo(row).Implements(reflect.TypeFor[sql.Scanner]())
}

func (l *layout) paths(columns []string) ([][]int, error) {
	if l.fields == nil {
		if len(columns) != 1 {
			return nil, fmt.Errorf("scan %d columns into one %v", len(columns), l.row)
		}
		return nil, nil
	}
	paths := make([][]int, len(columns))
	for i, column := range columns {
		path, ok := l.fields[column]
		if !ok {
			return nil, fmt.Errorf("scan column %q: %v has no exported field with its db tag", column, l.row)
		}
		paths[i] = path
	}
	return paths, nil
}

// layouts caches the layout of each row type, because reflecting on the tags costs more than scanning a row. The
// queriers of one DB share it.
type layouts struct{ known sync.Map }

func (l *layouts) layout(row reflect.Type) *layout {
	if found, ok := l.known.Load(row); ok {
		if known, ok := found.(*layout); ok {
			return known
		}
	}
	made := newLayout(row)
	l.known.Store(row, made)
	return made
}

// layoutFor returns the layout from the cache of a querier of this package; for any other querier it computes it.
func layoutFor(q Querier, row reflect.Type) *layout {
	if ours, ok := q.(interface{ layout(reflect.Type) *layout }); ok {
		return ours.layout(row)
	}
	return newLayout(row)
}
