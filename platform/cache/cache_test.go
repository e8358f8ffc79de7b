package cache_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/wancun/wancun/platform/cache"
)

const overview = "overview of poverty-relief-2019"

func TestAnAnswerIsComputedOnceUntilTheDataChanges(t *testing.T) {
	data, c, _ := oneProcess(t)
	for range 3 {
		data.want(t, c, overview, 0, 1)
	}
	if n := data.loads.Load(); n != 1 {
		t.Errorf("%d loads, want 1", n)
	}
	data.want(t, c, "another key", 0, 1)
	if n := data.loads.Load(); n != 2 {
		t.Errorf("%d loads for two keys, want 2", n)
	}
}

func TestAChangeAfterAQuietTimeShowsAtOnce(t *testing.T) {
	data, c, clock := oneProcess(t)
	data.want(t, c, overview, 0, 1)
	clock.pass(time.Minute)
	data.commit(c)
	data.want(t, c, overview, 0, 2)
}

func TestUnderSteadyChangeAnAnswerServesForThePeriodAndNoLonger(t *testing.T) {
	data, c, clock := oneProcess(t)
	data.want(t, c, overview, 0, 1)
	for range 499 {
		clock.pass(time.Millisecond)
		data.commit(c)
		data.want(t, c, overview, 0, 1)
	}
	clock.pass(time.Millisecond)
	data.want(t, c, overview, 0, 500)
	if n := data.loads.Load(); n != 2 {
		t.Errorf("%d loads for 500 changes, want 2", n)
	}
}

func TestWhoHasSeenNewerIsNeverServedOlder(t *testing.T) {
	data, c, _ := oneProcess(t)
	data.want(t, c, overview, 0, 1)
	data.commit(c)
	data.want(t, c, overview, 0, 1) // within the period, to requests without a token
	data.want(t, c, overview, 2, 2)
	data.want(t, c, overview, 0, 2) // and from now on to every request
	if n := data.loads.Load(); n != 2 {
		t.Errorf("%d loads, want 2", n)
	}
}

func TestATokenHelpsEvenAReplicaThatDoesNotKnowTheChange(t *testing.T) {
	data, c, _ := oneProcess(t)
	data.want(t, c, overview, 0, 1)
	data.commit( /* and call no cache */ )
	data.want(t, c, overview, 2, 2)
}

func TestATokenAheadOfTheDataIsTheCallersFaultAndCostsOneLoad(t *testing.T) {
	data, c, _ := oneProcess(t)
	_, err := c.Get(t.Context(), overview, 1<<60, data.load)
	if status.Code(err) != codes.OutOfRange {
		t.Errorf("Get = %v, want OUT_OF_RANGE", err)
	}
	data.want(t, c, overview, 0, 1)
	if n := data.loads.Load(); n != 1 {
		t.Errorf("%d loads, want 1", n)
	}
}

func TestWithoutReportsOfChangesAnAnswerEndsWithItsTTL(t *testing.T) {
	data, c, clock := oneProcess(t)
	data.want(t, c, overview, 0, 1)
	data.commit( /* and call no cache */ )
	clock.pass(89 * time.Second)
	data.want(t, c, overview, 0, 1)
	clock.pass(time.Second)
	data.want(t, c, overview, 0, 2)
}

func TestTwoHundredWhoWaitCauseOneLoad(t *testing.T) {
	data, c, _ := oneProcess(t)
	release := make(chan struct{})
	slow := func(ctx context.Context) (cache.Answer, error) {
		<-release
		return data.load(ctx)
	}
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			if a, err := c.Get(t.Context(), overview, 0, slow); err != nil || a.Generation != 1 {
				t.Errorf("Get = %v, %v", a, err)
			}
		})
	}
	close(release)
	all.Wait()
	if n := data.loads.Load(); n != 1 {
		t.Errorf("%d loads, want 1", n)
	}
}

func TestALoadUnderWayIsNotGoodEnoughForWhoHasSeenNewer(t *testing.T) {
	data, c, _ := oneProcess(t)
	snapshotTaken, release := make(chan struct{}), make(chan struct{})
	slow := func(ctx context.Context) (cache.Answer, error) {
		old, err := data.load(ctx)
		close(snapshotTaken)
		<-release
		return old, err
	}
	var both sync.WaitGroup
	both.Go(func() { _, _ = c.Get(t.Context(), overview, 0, slow) })
	<-snapshotTaken
	data.commit(c)
	both.Go(func() { data.want(t, c, overview, 2, 2) })
	close(release)
	both.Wait()
}

func TestAFailedLoadIsReturnedAndNotKept(t *testing.T) {
	data, c, _ := oneProcess(t)
	broken := errors.New("no connection")
	if _, err := c.Get(t.Context(), overview, 0, func(context.Context) (cache.Answer, error) { return cache.Answer{}, broken }); !errors.Is(err, broken) {
		t.Errorf("Get = %v, want %v", err, broken)
	}
	data.want(t, c, overview, 0, 1)
}

func TestALoadThatPanicsIsAnErrorNotTheEndOfTheProcess(t *testing.T) {
	data, c, _ := oneProcess(t)
	_, err := c.Get(t.Context(), overview, 0, func(context.Context) (cache.Answer, error) { panic("index out of range") })
	if err == nil || !strings.Contains(err.Error(), "index out of range") {
		t.Errorf("Get = %v", err)
	}
	data.want(t, c, overview, 0, 1)
}

func TestTheFirstCallerMayLeaveWithoutHurtingTheOthers(t *testing.T) {
	data, c, _ := oneProcess(t)
	started, release := make(chan struct{}), make(chan struct{})
	slow := func(ctx context.Context) (cache.Answer, error) {
		close(started)
		<-release
		if ctx.Err() != nil {
			return cache.Answer{}, ctx.Err()
		}
		return data.load(ctx)
	}
	leaving, leave := context.WithCancel(t.Context())
	var both sync.WaitGroup
	both.Go(func() {
		if _, err := c.Get(leaving, overview, 0, slow); !errors.Is(err, context.Canceled) {
			t.Errorf("the caller that left received %v", err)
		}
	})
	<-started
	leave()
	both.Wait() // before the load is done
	both.Go(func() { data.want(t, c, overview, 0, 1) })
	close(release)
	both.Wait()
	if n := data.loads.Load(); n != 1 {
		t.Errorf("%d loads, want 1", n)
	}
}

func TestMemoryIsBoundedByBytes(t *testing.T) {
	data, clock := newData(), &testClock{}
	var loads atomic.Int64
	c := newCache(t, cache.Config{Bytes: 1 << 20, Clock: clock.now, Observe: func(_ context.Context, source string) {
		if source == cache.FromLoad {
			loads.Add(1)
		}
	}})
	big := func(ctx context.Context) (cache.Answer, error) {
		a, err := data.load(ctx)
		a.Data = bytes.Repeat([]byte{'x'}, 100<<10)
		return a, err
	}
	// 26 answers of 100 KiB do not fit in 1 MiB, so repeated reads of all of them must load most again. Entries are
	// evicted concurrently with the reads, so the number of rounds is not fixed.
	for round := 0; loads.Load() < 3*26; round++ {
		if round == 10_000 {
			t.Fatalf("%d loads in %d rounds: more was kept than fits", loads.Load(), round)
		}
		for key := range 26 {
			if _, err := c.Get(t.Context(), strings.Repeat("k", key), 0, big); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAHitAllocatesNothing(t *testing.T) {
	data, c, _ := oneProcess(t)
	data.want(t, c, overview, 0, 1)
	load, ctx := data.load, t.Context()
	if n := testing.AllocsPerRun(100, func() { _, _ = c.Get(ctx, overview, 1, load) }); n != 0 {
		t.Errorf("a hit allocates %v times", n)
	}
}

func TestAHalfBuiltCacheIsRefusedByName(t *testing.T) {
	tier := newMemoryTier()
	for want, config := range map[string]cache.Config{
		"Clock":  {},
		"MACKey": {Clock: time.Now, Shared: tier, MACKey: make([]byte, 31)},
	} {
		if _, err := cache.New(config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New = %v, want an error that names %s", err, want)
		}
	}
}

func BenchmarkHit(b *testing.B) {
	data := newData()
	c := newCache(b, cache.Config{Clock: time.Now, Period: time.Hour, TTL: time.Hour})
	load := data.load
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.Get(b.Context(), overview, 1, load); err != nil {
				b.Error(err)
			}
		}
	})
}
