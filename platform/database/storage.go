package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/wancun/wancun/platform/fault"
)

// storage is what the connections of one database have found out about its medium. It is safe for concurrent use.
type storage struct {
	where   string       // the file, or the database and the schema on a server
	restore string       // what an operator does about damage
	logger  *slog.Logger // nil disables logging

	damage  atomic.Pointer[fault.Error] // the first damage found; kept until the database is opened again
	refusal atomic.Pointer[fault.Error] // why the last write was refused; nil while the medium accepts writes
}

// found records err if it reports damage in stored data. Every connection passes its errors to it.
func (s *storage) found(err error) {
	if !damaging(err) {
		return
	}
	damage, ok := fault.From(translate(err))
	if ok && s.damage.CompareAndSwap(nil, damage) && s.logger != nil {
		s.logger.Error("storage is damaged: this process is not ready until the database is restored and opened again",
			"database", s.where, "restore", s.restore, "error", err)
	}
}

// damaged returns the damage found, or nil.
func (s *storage) damaged() error {
	if damage := s.damage.Load(); damage != nil {
		return damage
	}
	return nil
}

// wrote records the result of a write. An error that the medium did not cause changes nothing.
func (s *storage) wrote(err error) {
	if err == nil {
		if s.refusal.Load() != nil && s.refusal.Swap(nil) != nil && s.logger != nil {
			s.logger.Info("storage takes writes again", "database", s.where)
		}
		return
	}
	refused, ok := fault.From(err)
	if !ok || refused.Reason() != ReasonStorageFull && refused.Reason() != ReasonStorageReadOnly {
		return
	}
	if s.refusal.Swap(refused) == nil && s.logger != nil {
		s.logger.Error("storage takes no writes: reads go on, and so do writes once it takes them again",
			"database", s.where, "reason", refused.Reason(), "error", err)
	}
}

// Ready returns an error if this database cannot answer calls as it should: one of code DATA_LOSS if damage was found,
// until the database is opened again; one of code UNAVAILABLE while it can be read and not written. It does not report
// a database that is only unreachable.
//
// While a SQLite file cannot be written, Ready tries a write, so that it notices free space even if no caller writes.
func (d *DB) Ready(ctx context.Context) error {
	if err := d.storage.damaged(); err != nil {
		return err
	}
	if d.storage.refusal.Load() == nil {
		return nil
	}
	if d.kind == SQLite {
		return d.InTx(ctx, rewriteHeader)
	}
	if refusal := d.storage.refusal.Load(); refusal != nil {
		return refusal
	}
	return nil
}

// rewriteHeader writes the first page of a SQLite file unchanged.
func rewriteHeader(ctx context.Context, tx Tx) error {
	version, err := One[int64](ctx, tx, "PRAGMA user_version")
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version))
	return err
}

// Unwritable reports whether err, returned by Ready, means that the database can be read and not written.
func Unwritable(err error) bool {
	refused, ok := fault.From(err)
	return ok && refused.Code() == codes.Unavailable
}

// quickLimit bounds a quick check. A check reads about a gigabyte a second, or less if the disk is slower.
const quickLimit = 30 * time.Second

// QuickCheck reads a SQLite file once and returns an error with reason STORAGE_DAMAGED if its structure is damaged. It
// ends after 30 s or with ctx, without an error and without checking the rest of the file. It does nothing on
// PostgreSQL, which checks its own pages as it reads them.
func (d *DB) QuickCheck(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, quickLimit)
	defer cancel()
	err := d.checkFile(ctx, "PRAGMA quick_check(1)")
	if ctx.Err() != nil {
		return nil // no damage was found until then
	}
	return err
}

// IntegrityCheck is QuickCheck that also compares every index with its table. It takes about ten times as long, and
// returns an error if ctx ends.
func (d *DB) IntegrityCheck(ctx context.Context) error {
	return d.checkFile(ctx, "PRAGMA integrity_check(1)")
}

func (d *DB) checkFile(ctx context.Context, pragma string) error {
	if d.kind != SQLite {
		return nil
	}
	var result string
	err := d.apart(ctx, func(conn *sql.Conn) (err error) {
		result, err = One[string](ctx, d.reader(conn), pragma)
		return err
	})
	if err == nil && result != "ok" {
		err = &damageError{result}
		d.storage.found(err)
	}
	if err != nil {
		return fmt.Errorf("check %s: %w; %s", d.storage.where, translate(err), d.storage.restore)
	}
	return nil
}

// damageError is the result of a check that found damage.
type damageError struct{ says string }

func (e *damageError) Error() string { return e.says }

// damaging reports whether err means that stored data can no longer be trusted.
func damaging(err error) bool {
	if _, ok := errors.AsType[*damageError](err); ok {
		return true
	}
	return damagingSQLite(err) || damagingPostgres(err)
}

func dataLoss(cause error) error {
	return fault.DataLoss("", ReasonStorageDamaged,
		"the database is damaged; trying again does not help until its operator has restored it").Because(cause)
}
