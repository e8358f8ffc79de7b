package database

import (
	"context"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"
)

// minLoad is the number of rows from which PostgreSQL is faster with COPY, which needs round trips of its own.
const minLoad = 500

// load is a COPY of rows into a table.
type load struct {
	into *Target
	rows iter.Seq2[[]any, error]
}

// Load returns the statements that write n rows in the fastest way. Pass them to Apply or Tx.Apply only: unlike those
// of Insert they may have no SQL. Each row has one value for each column. PostgreSQL reads many rows as they are made:
// it iterates over rows while the statements run, so that making a row overlaps with storing those before it. An error
// of rows is returned here or fails the statement.
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

// copySource passes rows to pgx's COPY, which reads them on its own goroutine.
type copySource struct {
	next func() ([]any, error, bool)
	row  []any
	err  error
}

// Next implements [pgx.CopyFromSource]. It recovers from a panic while a row is made, which would end the process on
// this goroutine.
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

// copyIn writes rows by COPY.
func copyIn(ctx context.Context, conn *pgx.Conn, l *load) error {
	next, stop := iter.Pull2(l.rows)
	defer stop()
	rows := &copySource{next: next}
	_, err := conn.CopyFrom(ctx, pgx.Identifier{l.into.table}, l.into.columns, rows)
	if rows.err != nil {
		return rows.err // it says more than the server's error
	}
	return err
}
