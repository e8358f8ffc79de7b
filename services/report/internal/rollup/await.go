package rollup

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/limits"
)

// pollEvery is how often Await looks for entries that another replica applied. Entries that this process applies wake
// it immediately.
const pollEvery = 50 * time.Millisecond

// maxWaiting is the maximum number of waiting calls. Each caller has a limited share of it.
const maxWaiting = 64

// own is the log of report itself. Statements are read from their own tables, so the rollups do not need to contain it.
const own = "report"

// Waiter delays calls until the rollups contain the positions that their callers have seen. It is safe for concurrent
// use.
type Waiter struct {
	store    *Store
	journals map[string]journalv1.JournalServiceClient
	waiting  *limits.Shares

	mu   sync.Mutex
	ends map[string]int64 // the highest position that each log is known to have
}

// NewWaiter returns a waiter for a store. journals are clients of the journals of org, village and action, by these
// names.
func NewWaiter(s *Store, journals map[string]journalv1.JournalServiceClient) *Waiter {
	return &Waiter{store: s, journals: journals, waiting: limits.NewShares(maxWaiting), ends: map[string]int64{}}
}

// Await returns when the requested positions are applied, or with ctx's error if ctx ends first. It immediately refuses
// a log that report does not follow (INVALID_ARGUMENT), a position beyond the end of its log (OUT_OF_RANGE), and a
// caller that would have to wait but already uses its share of the waiting calls (RESOURCE_EXHAUSTED).
func (w *Waiter) Await(ctx context.Context, atLeast []*reportv1.LogPosition) error {
	applied, err := w.store.positions(ctx)
	if err != nil {
		return err
	}
	want := map[string]int64{}
	for i, p := range atLeast {
		log, field := strings.TrimPrefix(p.GetLog(), "logs/"), fmt.Sprintf("at_least[%d]", i)
		if _, followed := applied[log]; !followed && log != own {
			return fault.Invalid(field, "UNKNOWN_LOG", "is not a log that report follows")
		}
		if p.GetPosition() <= applied[log] {
			continue
		}
		end, err := w.end(ctx, log, p.GetPosition())
		if err != nil {
			return err
		}
		if p.GetPosition() > end {
			return fault.OutOfRange(field, "BEYOND_LOG", "is beyond the end of %s, whose last entry is %d", p.GetLog(), end)
		}
		if log != own {
			want[log] = max(want[log], p.GetPosition())
		}
	}
	if len(want) == 0 {
		return nil
	}
	caller := access.From(ctx).Subject
	if !w.waiting.Take(caller, 1) {
		return fault.Exhausted("TOO_MANY_WAITING", time.Second,
			"too many calls of this caller, or of callers without a token, wait for positions; ask again, or without at_least")
	}
	defer w.waiting.Give(caller, 1)
	return w.await(ctx, want)
}

// end returns the last position of a log, or a known earlier position that is not less than position.
func (w *Waiter) end(ctx context.Context, log string, position int64) (int64, error) {
	w.mu.Lock()
	known := w.ends[log]
	w.mu.Unlock()
	if known >= position {
		return known, nil
	}
	return w.ask(ctx, log)
}

// ask requests the end of a log from the service that writes it.
func (w *Waiter) ask(ctx context.Context, log string) (end int64, err error) {
	if log == own {
		end, _, _, err = journal.Newest(ctx, w.store.db.Reader())
	} else {
		var c *journalv1.Checkpoint
		c, err = w.journals[log].GetCheckpoint(ctx, &journalv1.GetCheckpointRequest{Log: "logs/" + log})
		end = c.GetSize()
	}
	if err != nil {
		return 0, fmt.Errorf("ask for the end of logs/%s: %w", log, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ends[log] = max(w.ends[log], end)
	return end, nil
}

func (w *Waiter) await(ctx context.Context, want map[string]int64) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		changed := w.store.Changed()
		applied, err := w.store.positions(ctx)
		if err != nil {
			return err
		}
		maps.DeleteFunc(want, func(log string, position int64) bool { return applied[log] >= position })
		if len(want) == 0 {
			return nil
		}
		select {
		case <-changed:
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("await positions: %w", ctx.Err())
		}
	}
}

// positions returns the last applied position of each followed log.
func (s *Store) positions(ctx context.Context) (map[string]int64, error) {
	type position struct {
		Log      string `db:"log"`
		Position int64  `db:"position"`
	}
	rows, err := database.All[position](ctx, s.db.Reader(), "SELECT log, position FROM cursors")
	if err != nil {
		return nil, fmt.Errorf("read cursors: %w", err)
	}
	out := make(map[string]int64, len(rows))
	for _, r := range rows {
		out[r.Log] = r.Position
	}
	return out, nil
}
