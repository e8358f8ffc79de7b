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

// storage is what the connections of one database have found out about the medium below it. It is safe for concurrent use.
type storage struct {
	where   string       // the file, or the database and the schema on a server
	restore string       // what an operator does about damage
	logger  *slog.Logger // nil: nothing is logged

	damage  atomic.Pointer[fault.Error] // the first damage found; it stays until the database is opened again
	refusal atomic.Pointer[fault.Error] // why the last write was refused, if the medium takes no writes
}

// found records err if it says that something stored is damaged. Every connection reports its errors here, whoever asked.
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

// damaged is the damage found, or nil.
func (s *storage) damaged() error {
	if damage := s.damage.Load(); damage != nil {
		return damage
	}
	return nil
}

// wrote records how a write ended. A write that failed for a reason of its own says nothing about the medium.
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

// Ready says why calls cannot be answered from this database as they should: an error of code DATA_LOSS if damage was
// found, which remains until the database is opened again; one of code UNAVAILABLE while nothing can be written and reads
// go on. Of a database that is only away it says nothing.
//
// While nothing can be written on SQLite, Ready tries a write, so that it notices room without a caller's write.
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

// rewriteHeader writes the first page of a SQLite file as it is.
func rewriteHeader(ctx context.Context, tx Tx) error {
	version, err := One[int64](ctx, tx, "PRAGMA user_version")
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version))
	return err
}

// Unwritable reports whether err, which Ready returned, speaks of a database that can be read and not be written.
func Unwritable(err error) bool {
	refused, ok := fault.From(err)
	return ok && refused.Code() == codes.Unavailable
}

// quickLimit bounds a quick check. A file is read at about a gigabyte a second, or as fast as its disk is.
const quickLimit = 30 * time.Second

// QuickCheck reads a SQLite file once and fails with reason STORAGE_DAMAGED if its structure is damaged. It ends after half
// a minute or with ctx, and then says nothing about the rest of the file. PostgreSQL checks its own pages as it reads them.
func (d *DB) QuickCheck(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, quickLimit)
	defer cancel()
	err := d.checkFile(ctx, "PRAGMA quick_check(1)")
	if ctx.Err() != nil {
		return nil // what was read until then is in order
	}
	return err
}

// IntegrityCheck is QuickCheck that also compares every index with its table, which takes some ten times as long, and
// fails if ctx ends.
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

// damageError is what a check found.
type damageError struct{ says string }

func (e *damageError) Error() string { return e.says }

// damaging reports whether err says that what is stored can no longer be trusted.
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
