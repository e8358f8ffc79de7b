package rollup

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/wancun/wancun/platform/database"
)

const (
	// renewEvery is how often the process that works on a build says that it is alive.
	renewEvery = 2 * time.Second
	// lease is how long a build belongs to a process that has stopped saying so. Another process then takes it.
	lease = 10 * time.Second
)

// errLost is returned if another process has taken the build, because this one was silent for longer than the lease.
var errLost = errors.New("another process has taken the build")

// errMoved is returned if a succession was applied since the build was begun. Its rows count facts at their old homes.
var errMoved = errors.New("facts have moved since the build was begun")

// build is one attempt of this process to fill a build and to make it the live one. Each of its transactions fails once
// another process has taken the build.
type build struct {
	*Store

	id, attempt   int64
	at            map[string]int64 // the positions of the logs up to which the build contains their facts
	places        int64            // the position of the last succession that its facts follow
	tallied       map[int64]bool   // the classes whose tallies it contains
	mu            sync.Mutex
	facts, filled int64 // see the columns of builds
	generation    int64 // since which it is live
}

// take makes this process the one that works on a build, unless another one is alive. It never takes the live build, or
// one for which wanted returns false: it looks for the live one under the lock of the build that replace also needs.
func (s *Store) take(ctx context.Context, id int64, wanted func(live int64) bool) (b *build, taken bool, err error) {
	now := s.now()
	err = s.db.InTx(ctx, func(ctx context.Context, tx database.Tx) error {
		attempts, err := database.All[int64](ctx, tx, "UPDATE builds SET attempt = attempt + 1, renewed_us = $1 WHERE id = $2 AND renewed_us <= $3 RETURNING attempt",
			now.UnixMicro(), id, now.Add(-lease).UnixMicro())
		if err != nil || len(attempts) == 0 {
			return err
		}
		live, err := liveBuild(ctx, tx)
		switch {
		case err != nil:
			return err
		case id == live || !wanted(live):
			return errLost
		}
		b = &build{Store: s, id: id, attempt: attempts[0], at: map[string]int64{}}
		return nil
	})
	if err != nil && !errors.Is(err, errLost) {
		return nil, false, fmt.Errorf("take build %d: %w", id, err)
	}
	return b, err == nil && b != nil, nil
}

// run fills the build and makes it the live one. After an error, the build belongs to no process.
func (b *build) run(ctx context.Context) (err error) {
	ctx, lose := context.WithCancelCause(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() { b.renew(ctx, lose) })
	defer func() {
		if cause := context.Cause(ctx); err != nil && cause != nil {
			err = cause
		}
		lose(nil)
		renewing.Wait()
		if err != nil {
			b.release(context.WithoutCancel(ctx))
		}
	}()
	for {
		if err := b.fill(ctx); err != nil {
			return err
		}
		if err := b.catchUp(ctx); err != nil {
			return err
		}
		if err := b.replace(ctx); !errors.Is(err, errMoved) {
			return err
		}
	}
}

// renew says that this process is alive until ctx ends. It ends ctx with errLost if another process has taken the build.
func (b *build) renew(ctx context.Context, lose context.CancelCauseFunc) {
	for pauseFor(ctx, renewEvery) == nil {
		if err := b.write(ctx); errors.Is(err, errLost) {
			lose(err)
		}
	}
}

// release lets another process take the build without waiting for the end of the lease.
func (b *build) release(ctx context.Context) {
	_ = b.db.Apply(ctx, []database.Statement{{ // otherwise the lease ends
		SQL: "UPDATE builds SET renewed_us = 0 WHERE id = $1 AND attempt = $2", Args: []any{b.id, b.attempt}, Rows: database.AnyRows,
	}})
}

// write runs statements in one transaction that fails with errLost if another process has taken the build.
func (b *build) write(ctx context.Context, statements ...database.Statement) error {
	return b.lost(b.db.Apply(ctx, append([]database.Statement{b.own()}, statements...)))
}

// inTx runs fn in a transaction that fails with errLost if another process has taken the build.
func (b *build) inTx(ctx context.Context, fn func(ctx context.Context, tx database.Tx) error) error {
	return b.lost(b.db.InTx(ctx, func(ctx context.Context, tx database.Tx) error {
		if err := tx.Apply(ctx, []database.Statement{b.own()}); err != nil {
			return err
		}
		return fn(ctx, tx)
	}))
}

// own returns the statement that fails if the build belongs to another process. It also stores how far the build is.
func (b *build) own() database.Statement {
	b.mu.Lock()
	defer b.mu.Unlock()
	return database.Statement{
		SQL:  "UPDATE builds SET renewed_us = $1, facts = $2, filled = $3 WHERE id = $4 AND attempt = $5",
		Args: []any{b.now().UnixMicro(), b.facts, b.filled, b.id, b.attempt}, Rows: 1,
	}
}

// progress stores numbers for the next write.
func (b *build) progress(facts, filled int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.facts, b.filled = facts, filled
}

// lost replaces the error of own.
func (b *build) lost(err error) error {
	if _, other := errors.AsType[*database.RowsError](err); other {
		return errLost
	}
	return err
}

// replace makes the build the live one, in a transaction in which no log is applied. It first adds what has changed
// since catchUp.
func (b *build) replace(ctx context.Context) error {
	return b.inTx(ctx, func(ctx context.Context, tx database.Tx) error {
		cursors, err := b.lockCursors(ctx, tx)
		if err != nil {
			return err
		}
		stored, err := storedShape(ctx, tx)
		if err != nil {
			return err
		}
		if stored > shape() {
			return errNewerShape
		}
		w := b.newWork(tx, b.id)
		for _, c := range cursors {
			if c.Places != b.places {
				return errMoved
			}
			if err := b.advance(ctx, w, c, nil); err != nil {
				return err
			}
		}
		classes, err := b.tallyNew(ctx, w)
		if err != nil {
			return err
		}
		w.waiting = append(w.waiting,
			database.Statement{SQL: "UPDATE cursors SET build = $1", Args: []any{b.id}, Rows: int64(len(cursors))},
			database.Statement{SQL: "UPDATE builds SET renewed_us = 0 WHERE id = $1", Args: []any{b.id}, Rows: 1})
		err = w.finish(ctx, database.Statement{SQL: "UPDATE generations SET shape = $1 WHERE one = 1", Args: []any{shape()}, Rows: 1})
		if err != nil {
			return fmt.Errorf("make build %d the live one: %w", b.id, err)
		}
		b.generation, err = b.nextGeneration(ctx, tx, "", 0, "")
		if err == nil {
			b.registry.markStored(classes)
		}
		return err
	})
}

// tallyNew schedules the tallies of classes that the build does not contain yet. It returns the ids of all classes.
func (b *build) tallyNew(ctx context.Context, w *work) ([]int64, error) {
	classes, err := database.All[classRow](ctx, w, "SELECT "+classColumns+" FROM classes")
	if err != nil {
		return nil, fmt.Errorf("load classes: %w", err)
	}
	ids := make([]int64, len(classes))
	var tallies []tallyRow
	for i, c := range classes {
		ids[i] = c.ID
		if !b.tallied[c.ID] {
			tallies = append(tallies, b.kinds.tallyRows(c.Class)...)
		}
	}
	w.put(intoTallies, tallyValues(b.id, tallies))
	return ids, nil
}
