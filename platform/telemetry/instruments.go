package telemetry

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
)

// Instruments are the metrics of the suite itself; the metrics of calls belong to the server and the client. Each
// method returns a function that records an event. The function does not allocate, and does nothing if metrics are off.
// The methods of a nil Instruments return nil. The names and units are documented in the operating guide.
type Instruments struct {
	serverWatchers  metric.Int64UpDownCounter
	cacheReads      metric.Int64Counter
	journalPosition metric.Int64Gauge
	journalBatch    metric.Int64Histogram
	journalLag      metric.Float64Histogram
	journalStaged   metric.Float64Gauge
	rollupPosition  metric.Int64Gauge
	rollupLag       metric.Float64Histogram
	checkRows       metric.Int64Gauge
	checkDiffer     metric.Int64Gauge
	checkTime       metric.Float64Gauge
}

// NewInstruments creates the instruments. With a nil provider they record nothing.
func NewInstruments(provider metric.MeterProvider) (*Instruments, error) {
	if provider == nil {
		provider = noop.NewMeterProvider()
	}
	meter := provider.Meter("github.com/wancun/wancun")
	lag := metric.WithExplicitBucketBoundaries(.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 60)
	batch := metric.WithExplicitBucketBoundaries(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)
	var i Instruments
	var errs [11]error
	i.cacheReads, errs[0] = meter.Int64Counter("wancun.cache.reads", metric.WithUnit("{read}"),
		metric.WithDescription("Answers of a cache, by where they came from."))
	i.journalPosition, errs[1] = meter.Int64Gauge("wancun.journal.position", metric.WithUnit("{entry}"),
		metric.WithDescription("Last position this replica numbered, by log."))
	i.journalBatch, errs[2] = meter.Int64Histogram("wancun.journal.batch", metric.WithUnit("{entry}"), batch,
		metric.WithDescription("Entries numbered in one transaction, by log."))
	i.journalLag, errs[3] = meter.Float64Histogram("wancun.journal.lag", metric.WithUnit("s"), lag,
		metric.WithDescription("Age of the oldest entry of a batch when it was numbered, by log."))
	i.rollupPosition, errs[4] = meter.Int64Gauge("wancun.rollup.position", metric.WithUnit("{entry}"),
		metric.WithDescription("Last position of a log that the rollups contain."))
	i.rollupLag, errs[5] = meter.Float64Histogram("wancun.rollup.lag", metric.WithUnit("s"), lag,
		metric.WithDescription("Age of the oldest entry of a batch when the rollups contained it, by log."))
	i.serverWatchers, errs[6] = meter.Int64UpDownCounter("wancun.server.watchers", metric.WithUnit("{connection}"),
		metric.WithDescription("Connections of a peer that watch the health of this replica, so that calls may come over them."))
	i.journalStaged, errs[7] = meter.Float64Gauge("wancun.journal.staged.age", metric.WithUnit("s"),
		metric.WithDescription("Age of the oldest entry that is written and not numbered yet, by log; 0 if all are numbered."))
	i.checkRows, errs[8] = meter.Int64Gauge("wancun.check.rows", metric.WithUnit("{row}"),
		metric.WithDescription("Rows that the last complete check compared with the journal, by log."))
	i.checkDiffer, errs[9] = meter.Int64Gauge("wancun.check.differences", metric.WithUnit("{row}"),
		metric.WithDescription("Rows and entries that the last complete check found to differ from the journal, by log."))
	i.checkTime, errs[10] = meter.Float64Gauge("wancun.check.time", metric.WithUnit("s"),
		metric.WithDescription("When the last check was complete, in seconds since 1970, by log."))
	return &i, errors.Join(errs[:]...)
}

// Watched counts the connections of peers that watch a server's health. It is a value for server.Deps.Watched.
func (i *Instruments) Watched() func(ctx context.Context, peer string, change int64) {
	if i == nil {
		return nil
	}
	return func(ctx context.Context, peer string, change int64) {
		if i.serverWatchers.Enabled(ctx) {
			i.serverWatchers.Add(ctx, change, metric.WithAttributes(attribute.String("peer", peer)))
		}
	}
}

// CacheReads counts the answers of the named cache. It is a value for cache.Config.Observe.
func (i *Instruments) CacheReads(cache string) func(ctx context.Context, source string) {
	if i == nil {
		return nil
	}
	known := map[string]metric.MeasurementOption{}
	for _, source := range []string{"memory", "tier", "load"} {
		known[source] = metric.WithAttributeSet(attribute.NewSet(attribute.String("cache", cache), attribute.String("source", source)))
	}
	return func(ctx context.Context, source string) {
		if option, ok := known[source]; ok && i.cacheReads.Enabled(ctx) {
			i.cacheReads.Add(ctx, 1, option)
		}
	}
}

// Batch is called after a batch of entries with the last position, the number of entries, and the age of the oldest.
type Batch func(ctx context.Context, position int64, entries int, oldest time.Duration)

// Numbered records the numbering of entries of the named log.
func (i *Instruments) Numbered(log string) Batch {
	if i == nil {
		return nil
	}
	of := metric.WithAttributeSet(attribute.NewSet(attribute.String("log", log)))
	return func(ctx context.Context, position int64, entries int, oldest time.Duration) {
		if !i.journalPosition.Enabled(ctx) {
			return
		}
		i.journalPosition.Record(ctx, position, of)
		i.journalBatch.Record(ctx, int64(entries), of)
		i.journalLag.Record(ctx, oldest.Seconds(), of)
	}
}

// Staged records the age of the oldest entry of the named log that has no number yet. It is a value for
// journal.Config.Staged.
func (i *Instruments) Staged(log string) func(ctx context.Context, oldest time.Duration) {
	if i == nil {
		return nil
	}
	of := metric.WithAttributeSet(attribute.NewSet(attribute.String("log", log)))
	return func(ctx context.Context, oldest time.Duration) {
		if i.journalStaged.Enabled(ctx) {
			i.journalStaged.Record(ctx, oldest.Seconds(), of)
		}
	}
}

// Compared records the complete checks of the named log and what is stored with it. It is a value for
// integrity.Job.Observe.
func (i *Instruments) Compared(log string) func(ctx context.Context, rows, differences int64, at time.Time) {
	if i == nil {
		return nil
	}
	of := metric.WithAttributeSet(attribute.NewSet(attribute.String("log", log)))
	return func(ctx context.Context, rows, differences int64, at time.Time) {
		i.checkRows.Record(ctx, rows, of)
		i.checkDiffer.Record(ctx, differences, of)
		i.checkTime.Record(ctx, float64(at.UnixMilli())/1000, of)
	}
}

// Applied records the entries of the named log that the rollups have taken in.
func (i *Instruments) Applied(log string) Batch {
	if i == nil {
		return nil
	}
	of := metric.WithAttributeSet(attribute.NewSet(attribute.String("log", log)))
	return func(ctx context.Context, position int64, _ int, oldest time.Duration) {
		if !i.rollupPosition.Enabled(ctx) {
			return
		}
		i.rollupPosition.Record(ctx, position, of)
		i.rollupLag.Record(ctx, oldest.Seconds(), of)
	}
}
