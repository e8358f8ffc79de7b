package database

import (
	"context"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"
)

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
