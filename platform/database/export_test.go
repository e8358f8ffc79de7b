package database

import (
	"context"
	"errors"
)

// Protect makes the write connection of a SQLite file take it for one that may not be written, "ON", or no longer, "OFF".
// No write may be under way.
func (d *DB) Protect(ctx context.Context, turn string) error {
	s, ok := d.backend.(*sqliteDB)
	if !ok {
		return errors.New("not a SQLite file")
	}
	_, err := s.writer.conn.conn.ExecContext(ctx, "PRAGMA query_only = "+turn)
	return err
}
