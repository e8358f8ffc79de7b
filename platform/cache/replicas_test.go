package cache_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wancun/wancun/platform/cache"
)

// A design answers a read on one of several replicas, for a caller that has seen the generation seen.
type design struct {
	read   func(ctx context.Context, replica int, seen int64) (int64, error)
	commit func()
}

const replicas = 3

// TestNoAnswerIsOlderThanOneServedBefore runs writers and readers against three replicas that share a tier. A
// violation is an answer older than one that any caller received before this read began. The test must also catch the
// two broken designs; otherwise it would prove nothing about ours.
func TestNoAnswerIsOlderThanOneServedBefore(t *testing.T) {
	t.Run("with tokens it never happens", func(t *testing.T) {
		for _, tier := range tiers(t) {
			t.Run(tier.name, func(t *testing.T) {
				if n := violations(t, ours(t, newData(), tier.open(t), true), 20_000); n != 0 {
					t.Errorf("%d answers were older than what had been seen", n)
				}
			})
		}
	})
	t.Run("without tokens the test notices", func(t *testing.T) {
		caught(t, func() design { return ours(t, newData(), newMemoryTier(), false) })
	})
	t.Run("a cache that deletes on change is noticed", func(t *testing.T) {
		caught(t, func() design { return deleteOnChange(newData()) })
	})
}

func caught(t *testing.T, broken func() design) {
	t.Helper()
	for range 50 {
		if violations(t, broken(), 2_000) > 0 {
			return
		}
	}
	t.Error("a broken design passed: the test has no teeth")
}

// violations counts the violations in so many reads by four callers, which also write now and then.
func violations(t *testing.T, d design, reads int) int64 {
	t.Helper()
	var seenByAnyone, bad, done atomic.Int64
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			for done.Add(1) <= int64(reads) {
				if rand.IntN(10) == 0 {
					d.commit()
				}
				seen := seenByAnyone.Load()
				got, err := d.read(t.Context(), rand.IntN(replicas), seen)
				if err != nil {
					t.Error(err)
					return
				}
				if got < seen {
					bad.Add(1)
				}
				raise(&seenByAnyone, got)
				runtime.Gosched()
			}
		})
	}
	callers.Wait()
	return bad.Load()
}

func raise(high *atomic.Int64, to int64) {
	for now := high.Load(); to > now && !high.CompareAndSwap(now, to); now = high.Load() {
	}
}

// ours is three caches over one tier. Only one of them is advanced at once; the others learn from what they read.
func ours(t *testing.T, data *database, tier cache.Shared, token bool) design {
	t.Helper()
	var all [replicas]*cache.Cache
	for i := range all {
		all[i] = newCache(t, cache.Config{Name: t.Name(), Clock: time.Now, Period: time.Millisecond, Shared: tier, MACKey: macKey})
	}
	return design{
		read: func(ctx context.Context, replica int, seen int64) (int64, error) {
			if !token {
				seen = 0
			}
			a, err := all[replica].Get(ctx, overview, seen, data.slowLoad)
			return a.Generation, err
		},
		commit: func() { data.commit(all[0]) },
	}
}

// deleteOnChange is the usual simple cache: a change deletes the key.
func deleteOnChange(data *database) design {
	tier := newMemoryTier()
	return design{
		read: func(ctx context.Context, _ int, _ int64) (int64, error) {
			if v, ok := tier.Get(ctx, overview); ok {
				return strconv.ParseInt(string(v), 10, 64)
			}
			a, err := data.slowLoad(ctx)
			tier.Set(ctx, overview, a.Data)
			return a.Generation, err
		},
		commit: func() { data.commit(); tier.remove(overview) },
	}
}

// slowLoad yields between its snapshot and its end, as a query does, and now and then for long.
func (d *database) slowLoad(ctx context.Context) (cache.Answer, error) {
	a, err := d.load(ctx)
	yield(10)
	if rand.IntN(4) == 0 {
		yield(200)
	}
	return a, err
}

// yield lets other goroutines run, up to so many times.
func yield(most int) {
	for range rand.IntN(most) {
		runtime.Gosched()
	}
}

func TestUnderSteadyChangeAllReplicasTogetherLoadOncePerPeriod(t *testing.T) {
	data, clock, tier := newData(), &testClock{}, newMemoryTier()
	var all [replicas]*cache.Cache
	for i := range all {
		all[i] = newCache(t, cache.Config{Clock: clock.now, Shared: tier, MACKey: macKey})
	}
	for range 5000 { // five seconds, a change each millisecond, replicas asked in turn
		data.commit(all[:]...)
		for _, c := range all {
			if _, err := c.Get(t.Context(), overview, 0, data.load); err != nil {
				t.Fatal(err)
			}
		}
		clock.pass(time.Millisecond)
	}
	if n := data.loads.Load(); n != 10 {
		t.Errorf("%d loads in 10 periods on %d replicas, want 10", n, replicas)
	}
}
