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
	// maxLanes bounds the transactions of grouped writes under way at once.
	maxLanes = 2
	// gather is how many writes wait before another lane opens beside those at work: rows that share a statement cost the
	// server half of what they cost alone, so that it is quicker to wait for a transaction under way than to begin one.
	gather = 10
	// maxGrouped is how many statements a write may have to be grouped; a load of many rows would hold up the others.
	maxGrouped = 8
)

// groups lets plain writes that arrive at the same time share a transaction, and so its round trip and its commit. A
// write that arrives alone goes at once. It is for statements that cannot miss: whatever fails them is an error of
// PostgreSQL, which undoes the whole transaction, and then each write is run on its own.
type groups struct {
	run func(ctx context.Context, statements []Statement) error

	mu    sync.Mutex
	queue []*waiting
	lanes int
	busy  sync.WaitGroup // lanes
}

// waiting is one write of a group.
type waiting struct {
	ctx        context.Context
	statements []Statement
	done       chan error // capacity 1, so that a lane never waits for a caller
}

// do runs statements in a transaction, with those of others or alone.
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
		return ctx.Err() // a lane skips it, if it has not begun
	}
}

// lane runs groups until nobody waits.
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

// next takes a group from the queue; false, and the lane is given up, if nobody waits. A write whose caller has gone
// neither takes a place in a group nor is run, and is told so: its caller may not have noticed yet.
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

// commit runs a group and answers its members.
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

// patience is a context that ends when the last member's does.
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

// undone reports whether err says for certain that nothing of a transaction was written, because a statement failed in
// it.
func undone(err error) bool {
	if _, early := errors.AsType[pgx.ErrPreprocessingBatch](err); early {
		return true
	}
	if _, early := errors.AsType[*unwritableError](err); early {
		return true
	}
	refused, ok := errors.AsType[*pgconn.PgError](err)
	return ok && refused.SeverityUnlocalized == "ERROR"
}
