package report

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/telemetry"
	"github.com/wancun/wancun/services/report/internal/follow"
)

// observed is a sink that records, as metrics, how far and how late the rollups are.
type observed struct {
	follow.Sink
	clock   func() time.Time
	applied telemetry.Batch
}

// Apply implements [follow.Sink].
func (o observed) Apply(ctx context.Context, log string, entries []*journalv1.Entry, checkpoint *journalv1.Checkpoint) error {
	if err := o.Sink.Apply(ctx, log, entries, checkpoint); err != nil {
		return err
	}
	var oldest journalv1.Record
	if err := proto.Unmarshal(entries[0].GetRecord(), &oldest); err != nil {
		return nil //nolint:nilerr // it was applied, so the sink can read it; there is nothing to observe then
	}
	o.applied(ctx, entries[len(entries)-1].GetPosition(), len(entries), o.clock().Sub(oldest.GetTime().AsTime()))
	return nil
}
