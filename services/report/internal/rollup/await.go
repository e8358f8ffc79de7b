package rollup

import (
	"context"
	"fmt"
	"strings"
	"time"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
)

// pollEvery is how soon Await notices what another replica applied. What this process applies wakes it at once.
const pollEvery = 50 * time.Millisecond

// maxWaiting bounds the calls that wait. Anybody may ask for a bulletin at a position that is far ahead, and each that waits
// holds one of the places that all calls share.
const maxWaiting = 64

// Await returns when the positions asked for are applied, or with ctx's error if it ends first. Positions of report's own
// log are always contained, since statements are read where they are written. A log that report does not follow is
// INVALID_ARGUMENT; one who would have to wait where 64 do already is told RESOURCE_EXHAUSTED.
func (s *Store) Await(ctx context.Context, atLeast []*reportv1.LogPosition) error {
	want := map[string]int64{}
	for i, p := range atLeast {
		log := strings.TrimPrefix(p.GetLog(), "logs/")
		switch log {
		case Org, Village, Action:
			want[log] = max(want[log], p.GetPosition())
		case "report":
		default:
			return fault.Invalid(fmt.Sprintf("at_least[%d]", i), "UNKNOWN_LOG", "is not a log that report follows")
		}
	}
	if len(want) == 0 {
		return nil
	}
	if reached, err := s.reached(ctx, want); err != nil || reached {
		return err
	}
	select {
	case s.waiting <- struct{}{}:
		defer func() { <-s.waiting }()
	default:
		return fault.Exhausted("TOO_MANY_WAITING", time.Second, "too many callers wait for positions; ask again, or without at_least")
	}
	return s.await(ctx, want)
}

func (s *Store) await(ctx context.Context, want map[string]int64) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		changed := s.Changed()
		reached, err := s.reached(ctx, want)
		if err != nil || reached {
			return err
		}
		select {
		case <-changed:
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("await positions: %w", ctx.Err())
		}
	}
}

func (s *Store) reached(ctx context.Context, want map[string]int64) (bool, error) {
	type position struct {
		Log      string `db:"log"`
		Position int64  `db:"position"`
	}
	rows, err := database.All[position](ctx, s.db.Reader(), "SELECT log, position FROM cursors")
	if err != nil {
		return false, fmt.Errorf("read cursors: %w", err)
	}
	for _, r := range rows {
		if r.Position < want[r.Log] {
			return false, nil
		}
	}
	return true, nil
}
