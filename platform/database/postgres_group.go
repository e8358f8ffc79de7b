package database

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// maxLanes bounds the lanes, which are the transactions of grouped writes that run at the same time.
	maxLanes = 2
	// gather is the number of waiting writes from which another lane opens. Rows that share a statement cost the server
	// half of what they cost alone, so that with fewer writes it is faster to wait for a running transaction than to
	// begin one.
	gather = 10
	// maxGrouped is the largest number of statements in a write that is grouped; a load of many rows would delay the
	// others.
	maxGrouped = 8
)

// groups lets plain writes that arrive at the same time share a transaction, and so its round trip and its commit. A
// write that arrives alone runs at once. Plain statements demand no number of rows, so any failure is an error of
// PostgreSQL, which undoes the whole transaction. Each write then runs by itself.
type groups struct {
	run func(ctx context.Context, statements []Statement) error

	mu    sync.Mutex
	queue []*waiting
	lanes int
	busy  sync.WaitGroup // running lanes
}

// waiting is one write of a group.
type waiting struct {
	ctx        context.Context
	statements []Statement
	done       chan error // capacity 1, so that a lane never waits for a caller
}

// do runs statements in a transaction, which they may share with other writes.
func (g *groups) do(ctx context.Context, statements []Statement) error {
	w := &waiting{ctx: ctx, statements: statements, done: make(chan error, 1)}
	g.mu.Lock()
	g.queue = append(g.queue, w)
	if g.lanes == 0 || g.lanes < maxLanes && len(g.queue) >= gather {
		g.lanes++
		g.busy.Go(g.lane)
	}
	g.mu.Unlock()
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		return ctx.Err() // a lane skips the write if it has not begun
	}
}

// lane runs groups until no write waits.
func (g *groups) lane() {
	for {
		group, found := g.next()
		if !found {
			return
		}
		if len(group) > 0 {
			g.commit(group)
		}
	}
}

// next takes a group from the queue. If the queue is empty, it ends the lane and returns false. A write whose context
// has ended is left out and receives the error of its context.
func (g *groups) next() (group []*waiting, found bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.queue) == 0 {
		g.queue = nil
		g.lanes--
		return nil, false
	}
	group = make([]*waiting, 0, min(len(g.queue), maxGroup))
	n := 0
	for ; n < len(g.queue) && len(group) < maxGroup; n++ {
		w := g.queue[n]
		if err := w.ctx.Err(); err != nil {
			w.done <- err
			continue
		}
		group = append(group, w)
	}
	g.queue = g.queue[n:]
	return group, true
}

// commit runs a group and sends each member its result.
func (g *groups) commit(group []*waiting) {
	all := make([]Statement, 0, len(group)*len(group[0].statements))
	for _, w := range group {
		all = append(all, w.statements...)
	}
	ctx, cancel := patience(group)
	defer cancel()
	if len(group) > 1 {
		all = merged(all)
	}
	err := g.run(ctx, all)
	alone := len(group) > 1 && undone(err)
	for _, w := range group {
		if alone {
			err = g.run(w.ctx, w.statements)
		}
		w.done <- err
	}
}

// patience returns a context that ends with the last deadline of the members. If a member has no deadline, the context
// has none.
func patience(group []*waiting) (context.Context, context.CancelFunc) {
	ctx := context.WithoutCancel(group[0].ctx)
	var last time.Time
	for _, w := range group {
		end, ok := w.ctx.Deadline()
		if !ok {
			return context.WithCancel(ctx)
		}
		if end.After(last) {
			last = end
		}
	}
	return context.WithDeadline(ctx, last)
}

// undone reports whether err proves that a transaction wrote nothing, because one of its statements failed.
func undone(err error) bool {
	if _, early := errors.AsType[pgx.ErrPreprocessingBatch](err); early {
		return true
	}
	refused, ok := errors.AsType[*pgconn.PgError](err)
	return ok && refused.SeverityUnlocalized == "ERROR"
}
