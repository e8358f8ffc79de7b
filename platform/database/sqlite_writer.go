package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
)

// maxGroup bounds the writes that share a commit, and so how long the first of them waits.
const maxGroup = 128

// writer owns the only write connection of a SQLite file. Its one goroutine takes the waiting members, runs each in a
// savepoint, commits them together and then sends each its result.
type writer struct {
	pool    *sql.DB
	conn    *writeConn
	layouts *layouts
	storage *storage
	woken   chan struct{} // capacity 1: there may be work, or the writer is closing
	stopped chan struct{}

	mu      sync.Mutex
	queue   []*member
	refusal error // why no further write is accepted: closed, or the file is damaged; already translated
	closing bool
}

// member is one write of a group.
type member struct {
	ctx  context.Context
	work func(tx Tx) error
	err  error
	done chan error // capacity 1, so that the writer never waits for a caller
}

func openWriter(ctx context.Context, path string, layouts *layouts, on *storage) (*writer, error) {
	// The writer checkpoints by itself, because SQLite's automatic checkpoint hides a failed fsync.
	pool, err := sqlitePool(path, url.Values{"_pragma": {"wal_autocheckpoint(0)"}}, 1, on)
	if err != nil {
		return nil, err
	}
	conn, err := newWriteConn(ctx, pool)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s for writing: %w", path, err), pool.Close())
	}
	w := &writer{
		pool: pool, conn: conn, layouts: layouts, storage: on,
		woken: make(chan struct{}, 1), stopped: make(chan struct{}),
	}
	go w.run() //nolint:contextcheck // the writer outlives the call that opens it, and interrupts no write
	return w, nil
}

// do runs work on the writer's goroutine and returns once its group is committed or has failed.
func (w *writer) do(ctx context.Context, work func(tx Tx) error) error {
	m := &member{ctx: ctx, work: work, done: make(chan error, 1)}
	if err := w.enqueue(m); err != nil {
		return err
	}
	select {
	case err := <-m.done:
		return err
	case <-ctx.Done():
		if w.withdraw(m) {
			return ctx.Err()
		}
		return <-m.done // it is being written: the result is known soon, and the write uses the caller's data
	}
}

// runOnCaller runs work on the caller's goroutine while the writer waits. If work panics or ends its goroutine, only the
// caller is affected and the write is undone.
func (w *writer) runOnCaller(ctx context.Context, work func(tx Tx) error) error {
	begun, returned := make(chan Tx), make(chan error, 1)
	m := &member{ctx: ctx, done: make(chan error, 1), work: func(tx Tx) error {
		begun <- tx
		return <-returned
	}}
	if err := w.enqueue(m); err != nil {
		return err
	}
	ended := ctx.Done()
	for {
		select {
		case tx := <-begun:
			runBorrowed(tx, work, returned)
			return <-m.done
		case err := <-m.done:
			return err
		case <-ended:
			if w.withdraw(m) {
				return ctx.Err()
			}
			ended = nil // m is no longer queued: its transaction or a refusal follows
		}
	}
}

var errAbandoned = errors.New("transaction abandoned by its function")

func runBorrowed(tx Tx, work func(tx Tx) error, returned chan<- error) {
	err := errAbandoned
	defer func() { returned <- err }()
	err = work(tx)
}

func (w *writer) enqueue(m *member) error {
	if err := w.storage.damaged(); err != nil {
		return err // a reader may have found it; writes to a damaged file would be lost with it
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refusal != nil {
		return w.refusal
	}
	w.queue = append(w.queue, m)
	w.wake()
	return nil
}

// withdraw takes m out of the queue and reports whether it was still there.
func (w *writer) withdraw(m *member) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.Index(w.queue, m)
	if i < 0 {
		return false
	}
	w.queue = slices.Delete(w.queue, i, i+1)
	return true
}

func (w *writer) wake() {
	select {
	case w.woken <- struct{}{}:
	default: // a wake-up is already pending
	}
}

// close lets the accepted writes finish, then closes the connection.
func (w *writer) close() error {
	w.mu.Lock()
	w.closing = true
	if w.refusal == nil {
		w.refusal = unavailable(errClosed)
	}
	w.wake()
	w.mu.Unlock()
	<-w.stopped
	return errors.Join(w.conn.close(), w.pool.Close())
}

// run is the writer's goroutine.
func (w *writer) run() {
	defer close(w.stopped)
	for group := w.next(); group != nil; group = w.next() {
		err := w.conn.commit(group, w.layouts)
		w.stopIf(err)
		answer(group, err)
		w.stopIf(w.conn.checkpoint())
	}
}

// next waits for members and returns up to maxGroup of them; nil means that the writer is closed.
func (w *writer) next() []*member {
	for {
		w.mu.Lock()
		group := w.queue[:min(len(w.queue), maxGroup)]
		w.queue = w.queue[len(group):]
		closing := w.closing
		w.mu.Unlock()
		if len(group) > 0 {
			return group
		}
		if closing {
			return nil
		}
		<-w.woken
	}
}

// stopIf stops all writing if err means that the file is damaged, and refuses the waiting members. Any other error of a
// checkpoint is left to the next one: the pages that it copies are safe in the WAL.
func (w *writer) stopIf(err error) {
	if !damaging(err) {
		return
	}
	w.storage.found(err)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refusal = dataLoss(fmt.Errorf("writing has stopped until the database is opened again: %w", err))
	answer(w.queue, w.refusal)
	w.queue = nil
}

// answer sends each write its own error, or the error of the group.
func answer(group []*member, err error) {
	for _, m := range group {
		if m.err == nil {
			m.err = err
		}
		m.done <- m.err
	}
}
