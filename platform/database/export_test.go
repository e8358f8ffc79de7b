package database

import (
	"context"
	"errors"
)

// Protect makes the write connection treat a SQLite file as read-only ("ON") or as writable again ("OFF"). No write may
// be running.
func (d *DB) Protect(ctx context.Context, turn string) error {
	s, ok := d.backend.(*sqliteDB)
	if !ok {
		return errors.New("not a SQLite file")
	}
	_, err := s.writer.conn.conn.ExecContext(ctx, "PRAGMA query_only = "+turn)
	return err
}
