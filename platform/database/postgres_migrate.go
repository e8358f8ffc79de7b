package database

import (
	"context"
	"fmt"
	"hash/fnv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// The locker asks once a second for up to 15 minutes, which a long migration may take.
const (
	lockPeriodSeconds = 1
	lockPeriods       = 15 * 60
)

func (p *postgresDB) migrate(ctx context.Context, m *migrations, versionTable string) error {
	if err := p.createSchema(ctx); err != nil {
		return fmt.Errorf("create schema %s: %w", p.schema, err)
	}
	locker, err := lock.NewPostgresSessionLocker(
		lock.WithLockID(lockID(p.schema, versionTable)),
		lock.WithLockTimeout(lockPeriodSeconds, lockPeriods),
	)
	if err != nil {
		return err
	}
	pool := stdlib.OpenDB(*p.patient)   // no limits: a migration may take long and waits for users of its tables
	defer func() { _ = pool.Close() }() // every migration is committed by then
	return m.up(ctx, goose.DialectPostgres, pool, versionTable, goose.WithSessionLocker(locker))
}

// createSchema checks before it creates: CREATE SCHEMA IF NOT EXISTS needs a privilege on the database even if the
// schema exists, and fails if two sessions run it at once.
func (p *postgresDB) createSchema(ctx context.Context) error {
	return p.inTx(ctx, func(tx Tx) error {
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", lockID(p.schema)); err != nil {
			return err
		}
		exists, err := One[bool](ctx, tx, "SELECT COUNT(*) > 0 FROM pg_namespace WHERE nspname = $1", p.schema)
		if err != nil || exists {
			return err
		}
		_, err = tx.ExecContext(ctx, "CREATE SCHEMA "+pgx.Identifier{p.schema}.Sanitize())
		return err
	})
}

// lockID returns the number of an advisory lock. If two names have the same number, one needlessly waits for the other.
func lockID(names ...string) int64 {
	h := fnv.New64a()
	for _, name := range names {
		_, _ = h.Write([]byte(name + "\x00")) // a hash never fails
	}
	return int64(h.Sum64() >> 1)
}
