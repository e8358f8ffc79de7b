package database

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
)

// lockPoll is how often a process checks whether another one has finished migrating.
const lockPoll = 20 * time.Millisecond

// migrate opens its own connection, because the writer's connection never leaves the writer. goose has no lock for
// SQLite, so migrate locks a file beside the database; the kernel releases the lock when the process ends.
func (s *sqliteDB) migrate(ctx context.Context, m *migrations, versionTable string) error {
	guard := flock.New(s.path + ".migrate")
	defer func() { _ = guard.Close() }() // unlocks
	if _, err := guard.TryLockContext(ctx, lockPoll); err != nil {
		return fmt.Errorf("lock %s: %w", guard.Path(), err)
	}
	connector, err := sqlite.NewConnector(sqliteDSN(s.path, nil))
	if err != nil {
		return err
	}
	pool := sql.OpenDB(connector)
	defer func() { _ = pool.Close() }() // every migration is committed by then
	return m.up(ctx, goose.DialectSQLite3, pool, versionTable)
}
