package journal

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"google.golang.org/protobuf/proto"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
)

const (
	// pollShared bounds how long an entry waits if its writer died before it called Wake, where several processes may
	// share the database. It also bounds how late a follower learns of another process's numbering if notifications
	// fail.
	pollShared = 50 * time.Millisecond
	// pollAlone is the same where this process is the only writer and calls Wake itself.
	pollAlone = time.Second
	// rest is the pause after a pass that numbered something. Under load a batch costs the database more than the
	// entries in it, so entries that arrive during the pause share the next batch. An entry that arrives after a quiet
	// moment is numbered at once.
	rest = 20 * time.Millisecond
	// forgetEvery is how often old request ids are deleted.
	forgetEvery = time.Hour
	// measureEvery is how often the age of the oldest staged entry is measured.
	measureEvery = 5 * time.Second
)

// pass is one run of the loop over what is staged. A caller that takes a pass before it begins may rely on it to number
// everything committed by then.
type pass struct {
	done chan struct{}
	err  error // set before done is closed
}

func newPass() *pass { return &pass{done: make(chan struct{})} }

// run numbers until ctx ends.
func (l *Log) run(ctx context.Context) {
	defer close(l.stopped)
	poll := time.NewTicker(l.pollEvery())
	defer poll.Stop()
	retention := time.NewTicker(forgetEvery)
	defer retention.Stop()
	measuring := time.NewTicker(measureEvery)
	defer measuring.Stop()

	numbering := task{log: l, name: "numbering"}
	forgetting := task{log: l, name: "forgetting old request ids"}
	forgetting.do(ctx, l.forget)
	for {
		grown := l.growth()
		numbering.do(ctx, l.nextPass)
		select {
		case <-grown:
			pause(ctx, rest)
		default:
		}
		select {
		case <-ctx.Done():
			return
		case <-l.wake:
		case <-poll.C:
		case <-retention.C:
			forgetting.do(ctx, l.forget)
		case <-measuring.C:
			l.measure(ctx)
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (l *Log) pollEvery() time.Duration {
	if l.db.Engine() == database.SQLite {
		return pollAlone
	}
	return pollShared
}

// task is work that is tried again after a failure. Only the changes between working and failing are logged: while the
// database is unreachable, the work fails many times a second.
type task struct {
	log     *Log
	name    string
	failing bool
}

func (t *task) do(ctx context.Context, work func(context.Context) error) {
	err := work(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil && !t.failing:
		t.log.logger.ErrorContext(ctx, t.name+" fails and will be tried again", "error", err)
	case err == nil && t.failing:
		t.log.logger.InfoContext(ctx, t.name+" works again")
	}
	t.failing = err != nil
}

// nextPass runs the pass that callers of Sync may wait for.
func (l *Log) nextPass(ctx context.Context) error {
	l.mu.Lock()
	p := l.next
	l.next = newPass()
	l.mu.Unlock()
	err := l.numberStaged(ctx)
	if p.err = err; ctx.Err() != nil {
		p.err = l.closed() // the log was closed; the caller of Sync has cancelled nothing
	}
	close(p.done)
	return err
}

// staged is the current end of the log and of the staging table.
type staged struct {
	Size int64 `db:"size"`
	Last int64 `db:"last"` // the highest sequence number committed; 0 if nothing is staged
}

// numberStaged numbers everything that is staged and committed now. Entries that are committed meanwhile may wait for
// the next pass, so that a pass ends however fast the writers are.
func (l *Log) numberStaged(ctx context.Context) error {
	now, err := database.One[staged](ctx, l.db.Reader(),
		`SELECT size, COALESCE((SELECT max(seq) FROM journal_staging), 0) AS last FROM journal_head`)
	if err != nil {
		return fmt.Errorf("look at staging: %w", err)
	}
	l.announce(now.Size)
	for numbered := int64(0); numbered < now.Last; {
		b, err := l.number(ctx)
		if err != nil {
			return fmt.Errorf("number: %w", l.endStalled(ctx, err))
		}
		if b.count == 0 {
			return nil // another process has numbered the rows
		}
		numbered = b.last
		l.report(ctx, b)
		l.announce(b.size)
	}
	return nil
}

// endStalled ends the session of a process that holds the head and does not continue, if err reports that the wait for
// the head has timed out. The next pass then finds the head free. It returns err.
func (l *Log) endStalled(ctx context.Context, err error) error {
	if f, ok := fault.From(err); !ok || f.Reason() != database.ReasonBusy {
		return err
	}
	ended, failed := l.db.EndStalled(ctx, "journal_head")
	if failed != nil {
		return errors.Join(err, fmt.Errorf("end who holds the head: %w", failed))
	}
	if ended > 0 {
		l.logger.WarnContext(ctx, "another process held the head of the log and did not go on; its session was ended", "sessions", ended)
		l.Wake()
	}
	return err
}

// report calls the callback Config.Numbered for a batch.
func (l *Log) report(ctx context.Context, b batch) {
	if l.numbered == nil {
		return
	}
	var first journalv1.Record
	if err := proto.Unmarshal(b.first, &first); err != nil {
		return // package verify reports this
	}
	l.numbered(ctx, b.size, b.count, l.now().Sub(first.GetTime().AsTime()))
}

// notified receives the size of the log from a process that has numbered. If said is not a size, or notifications may have
// been missed, it wakes the loop.
func (l *Log) notified(said string) {
	size, err := strconv.ParseInt(said, 10, 64)
	if err != nil {
		l.Wake()
		return
	}
	l.announce(size)
}

// announce wakes the followers of the log if it has grown.
func (l *Log) announce(size int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if size <= l.size {
		return
	}
	l.size = size
	close(l.grown)
	l.grown = make(chan struct{})
}

// growth returns a channel that is closed when the log next grows. Call it before reading: then an entry that is
// numbered after the read closes it.
func (l *Log) growth() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.grown
}
