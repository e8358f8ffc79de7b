package database

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"

	"google.golang.org/grpc/codes"

	"github.com/wancun/wancun/platform/fault"
)

// checkpointPages is the number of pages in the WAL from which they are copied into the file.
const checkpointPages = 1000

// writeConn is the write connection of a SQLite file with the statements that frame a group. They are never
// interrupted: if a write is interrupted, SQLite rolls back the whole transaction, with the work of every member.
type writeConn struct {
	conn                                            *sql.Conn
	begin, savepoint, release, undo, keep, rollback *sql.Stmt
	measure, fold                                   *sql.Stmt
}

func newWriteConn(ctx context.Context, pool *sql.DB) (*writeConn, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	c := &writeConn{conn: conn}
	for _, s := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&c.begin, "BEGIN IMMEDIATE"},
		{&c.savepoint, "SAVEPOINT member"},
		{&c.release, "RELEASE member"},
		{&c.undo, "ROLLBACK TO member"},
		{&c.keep, "COMMIT"},
		{&c.rollback, "ROLLBACK"},
		{&c.measure, "PRAGMA wal_checkpoint(NOOP)"},
		{&c.fold, "PRAGMA wal_checkpoint(PASSIVE)"},
	} {
		if *s.stmt, err = conn.PrepareContext(ctx, s.text); err != nil { //nolint:sqlclosecheck // close does
			return nil, errors.Join(fmt.Errorf("prepare %s: %w", s.text, err), c.close())
		}
	}
	return c, nil
}

// close closes the statements first: database/sql does not close statements that were prepared on a single connection,
// and SQLite keeps a connection open while it has statements.
func (c *writeConn) close() error {
	var errs []error
	for _, s := range []*sql.Stmt{c.begin, c.savepoint, c.release, c.undo, c.keep, c.rollback, c.measure, c.fold} {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	return errors.Join(append(errs, c.conn.Close())...)
}

func execute(s *sql.Stmt) error {
	_, err := s.ExecContext(context.Background())
	return err
}

// commit writes the members of group that succeed, in one transaction. If it returns an error, nothing was written. If
// it returns nil, each member's own error counts.
func (c *writeConn) commit(group []*member, layouts *layouts) error {
	if err := c.start(); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	written := 0
	for _, m := range group {
		if m.err = m.ctx.Err(); m.err != nil {
			continue
		}
		if err := c.member(m, layouts); err != nil {
			_ = execute(c.rollback) // SQLite has rolled back already, or start does
			return fmt.Errorf("group of writes rolled back: %w", err)
		}
		if m.err == nil {
			written++
		}
	}
	if written == 0 {
		return execute(c.rollback)
	}
	if err := execute(c.keep); err != nil {
		_ = execute(c.rollback) // as above
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// start begins a transaction. If an earlier one could not be rolled back, it rolls that back and tries once more.
func (c *writeConn) start() error {
	err := execute(c.begin)
	if err == nil || retryable(err) {
		return err
	}
	if execute(c.rollback) != nil {
		return err // no earlier transaction was open
	}
	return execute(c.begin)
}

// member runs m in a savepoint. m.err is an error that concerns only m. The returned error ends the group: the file is
// damaged, or SQLite has rolled back the whole transaction, as it does when the disk is full.
func (c *writeConn) member(m *member, layouts *layouts) error {
	if err := execute(c.savepoint); err != nil {
		return err
	}
	tx := &memberTx{on: c.conn, layouts: layouts}
	m.err = cmp.Or(m.work(tx), tx.failed)
	tx.ended.Store(true)
	if m.err == nil {
		return rolledBack(execute(c.release), nil)
	}
	if damaging(m.err) {
		return m.err
	}
	if err := execute(c.undo); err != nil {
		return rolledBack(err, m.err)
	}
	return execute(c.release)
}

// rolledBack returns the error for the other members of a group whose transaction SQLite has rolled back. It is the
// culprit's error if that is UNAVAILABLE; otherwise it is UNAVAILABLE because of the missing savepoint.
func rolledBack(savepoint, culprit error) error {
	if savepoint == nil {
		return nil
	}
	if refusal, ok := errors.AsType[*fault.Error](culprit); ok && refusal.Code() == codes.Unavailable {
		return culprit
	}
	return unavailable(savepoint)
}

// checkpoint copies the WAL into the file once it has grown. If readers keep it from copying everything, the next
// checkpoint continues.
func (c *writeConn) checkpoint() error {
	waiting, err := backlog(c.measure)
	if err != nil || waiting < checkpointPages {
		return err
	}
	_, err = backlog(c.fold)
	return err
}

// backlog runs a checkpoint pragma and returns how many pages of the WAL are not in the file yet.
func backlog(s *sql.Stmt) (int64, error) {
	var busy, pages, folded int64
	if err := s.QueryRowContext(context.Background()).Scan(&busy, &pages, &folded); err != nil {
		return 0, fmt.Errorf("checkpoint: %w", err)
	}
	return pages - folded, nil
}

// memberTx is the transaction of one member, until its function returns.
type memberTx struct {
	on     *sql.Conn
	ended  atomic.Bool
	failed error // of the first Apply that failed
	*layouts
}

// ExecContext refuses to start when ctx has ended; once started it is not interrupted.
func (t *memberTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := t.usable(ctx); err != nil {
		return nil, err
	}
	result, err := t.on.ExecContext(context.WithoutCancel(ctx), query, args...)
	return result, translate(err)
}

// QueryContext refuses to start when ctx has ended; once started it is not interrupted.
func (t *memberTx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := t.usable(ctx); err != nil {
		return nil, err
	}
	rows, err := t.on.QueryContext(context.WithoutCancel(ctx), query, args...)
	return rows, translate(err)
}

// Apply runs the statements one by one with ExecContext.
func (t *memberTx) Apply(ctx context.Context, statements []Statement) error {
	err := t.apply(ctx, statements)
	t.failed = cmp.Or(t.failed, err)
	return err
}

func (t *memberTx) apply(ctx context.Context, statements []Statement) error {
	for i, s := range statements {
		result, err := t.ExecContext(ctx, s.SQL, s.Args...)
		if err != nil {
			return at(i, err)
		}
		got, err := result.RowsAffected()
		if err != nil {
			return at(i, err)
		}
		if err := demand(i, s, got); err != nil {
			return err
		}
	}
	return nil
}

func (t *memberTx) usable(ctx context.Context) error {
	if t.ended.Load() {
		return errEnded
	}
	return ctx.Err()
}
