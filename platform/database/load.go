package database

import (
	"context"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"
)

// minLoad is the number of rows from which PostgreSQL takes them sooner by COPY, which costs round trips of its own.
const minLoad = 500

// load is rows on their way into a table by COPY.
type load struct {
	into *Target
	rows iter.Seq2[[]any, error]
}

// Load makes the statements that bring n rows in the fastest way. They are for Apply and Tx.Apply alone; what differs from
// Insert is that they may have no SQL. Each row has one value for each column. PostgreSQL takes many rows as they are made:
// rows is then asked while the statements run, so that making a row and storing those before it overlap. An error of rows is
// returned here or fails the statement.
func (d *DB) Load(into *Target, n int, rows iter.Seq2[[]any, error]) ([]Statement, error) {
	if d.kind == Postgres && n >= minLoad {
		return []Statement{{Rows: AnyRows, load: &load{into: into, rows: rows}}}, nil
	}
	all := collection{n: n}
	rows(all.add)
	if all.err != nil {
		return nil, all.err
	}
	return into.inserts(nil, all.args, d.rowsAtOnce()), nil
}

// copySource is what pgx's COPY takes rows from, on a goroutine of its own.
type copySource struct {
	next func() ([]any, error, bool)
	row  []any
	err  error
}

// Next implements [pgx.CopyFromSource]. A panic in making a row must not end the process, as it would on this goroutine.
func (s *copySource) Next() (more bool) {
	defer func() {
		if p := recover(); p != nil {
			s.err, more = fmt.Errorf("make row: panic: %v", p), false
		}
	}()
	s.row, s.err, more = s.next()
	return more && s.err == nil
}

// Values implements [pgx.CopyFromSource].
func (s *copySource) Values() ([]any, error) { return s.row, nil }

// Err implements [pgx.CopyFromSource].
func (s *copySource) Err() error { return s.err }

// copyIn brings rows in by COPY.
func copyIn(ctx context.Context, conn *pgx.Conn, l *load) error {
	next, stop := iter.Pull2(l.rows)
	defer stop()
	rows := &copySource{next: next}
	_, err := conn.CopyFrom(ctx, pgx.Identifier{l.into.table}, l.into.columns, rows)
	if rows.err != nil {
		return rows.err // what the server says of it tells less
	}
	return err
}
