package bench

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/servertest"
)

const (
	// openLoopFor is how long deliveries are recorded at half of the peak.
	openLoopFor = 10 * time.Second
	// lookEvery is the polling interval of the bulletin, and so the largest error of the measurement.
	lookEvery = 10 * time.Millisecond
	// catchUp is the time limit for the report to contain everything.
	catchUp = 2 * time.Minute
)

// BenchmarkVisibleInReport measures the time from the acknowledgement of a delivery until the bulletin contains it,
// according to the bulletin's as_of. Action and report are two servers with separate databases; report follows the
// journal over loopback TCP. First 16 clients record in a closed loop. Then deliveries are recorded at half of that
// rate, each at its due time whether or not earlier ones have finished.
func BenchmarkVisibleInReport(b *testing.B) {
	engines(b, func(b *testing.B, empty func() string) {
		action := serve(b, openAction(b, empty(), nil).Register)
		deliveries := newRecorders(b, connections(b, action, writers)...)
		bulletins := reportv1.NewBulletinServiceClient(servertest.Dial(b, serve(b, openReport(b, empty(), action).Register)))
		contains(b, bulletins, 1)
		var delays, rates []float64
		for b.Loop() {
			peak := median([]float64{deliveries.rate(b), deliveries.rate(b), deliveries.rate(b)})
			contains(b, bulletins, deliveries.before+deliveries.made.Load())
			delays = append(delays, deliveries.delays(b, bulletins, peak/2)...)
			rates = append(rates, peak/2)
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(median(rates), "writes/s")
		b.ReportMetric(median(delays), "p50-ms")
		b.ReportMetric(quantile(delays, 0.99), "p99-ms")
	})
}

// contains waits until the bulletin contains this many entries of action's journal.
func contains(b *testing.B, bulletins reportv1.BulletinServiceClient, entries int64) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), catchUp)
	defer cancel()
	_, err := bulletins.GetBulletin(ctx, &reportv1.GetBulletinRequest{
		Name: campaign + "/bulletin", AtLeast: []string{fmt.Sprintf("logs/action:%d", entries)},
	})
	if err != nil {
		b.Fatalf("the report does not catch up: %v", err)
	}
}

// position returns the position in action's journal up to which the bulletin contains it.
func position(ctx context.Context, bulletins reportv1.BulletinServiceClient) (int64, error) {
	r, err := bulletins.GetBulletin(ctx, &reportv1.GetBulletinRequest{Name: campaign + "/bulletin"})
	if err != nil {
		return 0, err
	}
	for _, p := range r.GetAsOf().GetPositions() {
		if p.GetLog() == "logs/action" {
			return p.GetPosition(), nil
		}
	}
	return 0, nil
}

// sighting is the result of one poll of the bulletin.
type sighting struct {
	at       time.Time
	position int64
}

// delays records at a rate. It returns for each delivery the milliseconds from its acknowledgement to the first poll
// whose bulletin contained it.
func (r *recorders) delays(b *testing.B, bulletins reportv1.BulletinServiceClient, rate float64) []float64 {
	b.Helper()
	first := r.before + r.made.Load()
	last, seen := make(chan int64, 1), make(chan []sighting)
	go func() { seen <- watch(b, bulletins, last) }()
	acknowledged := r.recordAt(b, rate)
	last <- r.before + r.made.Load()
	sightings := <-seen
	var delays []float64
	for name, place := range r.places(b, first) {
		at, recorded := acknowledged[name]
		i, _ := slices.BinarySearchFunc(sightings, place, func(s sighting, p int64) int { return int(s.position - p) })
		if !recorded || i == len(sightings) {
			b.Fatalf("%s at %d: recorded %v, sightings up to %v", name, place, recorded, sightings[len(sightings)-1])
		}
		delays = append(delays, max(0, sightings[i].at.Sub(at).Seconds()*1000))
	}
	return delays
}

// watch polls the bulletin until it contains the last position, which it receives later from the channel. It returns
// one sighting for each position.
func watch(b *testing.B, bulletins reportv1.BulletinServiceClient, last <-chan int64) []sighting {
	ctx, cancel := context.WithTimeout(b.Context(), catchUp)
	defer cancel()
	var out []sighting
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for end := int64(math.MaxInt64); len(out) == 0 || out[len(out)-1].position < end; {
		select {
		case end = <-last:
			continue
		case <-tick.C:
		}
		p, err := position(ctx, bulletins)
		if err != nil {
			b.Error(err)
			return out
		}
		if len(out) == 0 || p > out[len(out)-1].position {
			out = append(out, sighting{time.Now(), p})
		}
	}
	return out
}

// recordAt records at a rate, each delivery at its due time, and returns the times of the acknowledgements.
func (r *recorders) recordAt(b *testing.B, rate float64) map[string]time.Time {
	b.Helper()
	var mu sync.Mutex
	acknowledged := map[string]time.Time{}
	openLoop(rate, openLoopFor, func(n int, _ time.Time) {
		name, err := r.record(n % writers)
		at := time.Now()
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			b.Error(err)
			return
		}
		acknowledged[name] = at
	})
	return acknowledged
}

// places reads the positions of the deliveries after a position from the journal.
func (r *recorders) places(b *testing.B, after int64) map[string]int64 {
	b.Helper()
	ctx := as(b.Context(), "auditor", accessv1.Grant_AUDITOR)
	stream, err := r.journal.Read(ctx, &journalv1.ReadRequest{Log: "logs/action", After: after})
	if err != nil {
		b.Fatal(err)
	}
	places := map[string]int64{}
	for {
		page, err := stream.Recv()
		if err == io.EOF { //nolint:errorlint // gRPC returns it bare
			return places
		}
		if err != nil {
			b.Fatal(fmt.Errorf("read journal: %w", err))
		}
		for _, e := range page.GetEntries() {
			var record journalv1.Record
			if err := proto.Unmarshal(e.GetRecord(), &record); err != nil {
				b.Fatal(err)
			}
			places[record.GetResource()] = e.GetPosition()
		}
	}
}
