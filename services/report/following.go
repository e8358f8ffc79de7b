package report

import (
	"context"
	"fmt"
	"sync"

	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/telemetry/loglimit"
	"github.com/wancun/wancun/services/report/internal/follow"
	"github.com/wancun/wancun/services/report/internal/rollup"
)

// followJournals starts one follower for each journal, and what maintains the builds of the rollups. They run until the service is closed, so they do not
// stop when ctx ends. While a journal no longer contains what the figures were made from, the service is not ready and
// needs an operator.
func followJournals(ctx context.Context, k *resource.Kit, p Peers, to *rollup.Store) error {
	for _, log := range followed() {
		if p.Journals[log] == nil {
			return fmt.Errorf("Peers.Journals[%q] is missing", log)
		}
	}
	var cut cutLogs
	var running sync.WaitGroup
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	k.OnReady(func(context.Context) error { return cut.first() })
	k.OnCompare(compare(k.DB, p.Journals))
	k.OnClose(func() error {
		stop()
		running.Wait()
		return nil
	})
	logger := loglimit.New(k.Logger, loglimit.Config{Keys: []string{"log", "code"}})
	for _, log := range followed() {
		f := follow.Follower{
			Log: log, Journal: p.Journals[log], Sink: to, Logger: logger,
			Cut: func(err error) { cut.note(k.Logger, log, err) },
		}
		if k.Instruments != nil {
			f.Sink = observed{Sink: to, clock: k.Clock, applied: k.Instruments.Applied(log)}
		}
		running.Go(func() { f.Run(ctx) })
	}
	running.Go(func() { to.Maintain(ctx, k.Logger) })
	return nil
}
