package cache

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/sync/singleflight"

	"github.com/wancun/wancun/platform/fault"
)

// Answer is ready bytes and the generation of the data they were computed from, read in one snapshot with that data.
// Data is shared by everyone who asked: nobody may write to it.
type Answer struct {
	Generation int64
	Data       []byte
}

// Load computes the answer anew from committed data. It runs once for all who wait for the key, under a context that ends
// by Config.LoadTimeout and not when the one who happened to come first goes away.
type Load = func(ctx context.Context) (Answer, error)

// Where an answer came from, as told to Config.Observe.
const (
	FromMemory = "memory"
	FromTier   = "tier"
	FromLoad   = "load"
)

// Config is what a Cache needs. Clock is required, MACKey too if there is a Shared tier; every other zero works.
type Config struct {
	// Name keeps the keys of several caches in one tier apart.
	Name string
	// Bytes bounds the memory of this process for keys and answers; 0 means 64 MiB.
	Bytes uint64
	// Period is how long an answer may be served after newer data is known, to requests that do not ask for newer;
	// 0 means 500 ms.
	Period time.Duration
	// TTL is how long an answer may be served at all; 0 means 90 s.
	TTL time.Duration
	// LoadTimeout bounds one load; 0 means 10 s.
	LoadTimeout time.Duration
	// Shared is the tier common to all replicas; nil in one process.
	Shared Shared
	// MACKey authenticates what comes back from the tier: at least 32 secret bytes, the same in every replica.
	MACKey []byte
	// Clock tells ages. Replicas compare stamps with it, so their clocks should agree to well within Period; what a wrong
	// clock costs is staleness without a token, never the promise.
	Clock func() time.Time
	// Observe, if set, is told of every answer where it came from. It is on the fast path and must not block.
	Observe func(ctx context.Context, source string)
}

// Shared is a tier that several replicas share. It answers hit or miss, never an error, and soon: what it cannot do in a
// few milliseconds is a miss. It may lose or garble anything.
type Shared interface {
	Get(ctx context.Context, key string) ([]byte, bool)
	Set(ctx context.Context, key string, value []byte)
}

// Cache keeps hot answers as the package describes. It is safe for concurrent use and needs no closing.
type Cache struct {
	config  Config
	sealer  sealer
	local   *otter.Cache[string, entry]
	flights singleflight.Group
	known   atomic.Int64 // the newest generation heard of
}

// entry is an answer with the time at which its computation began.
type entry struct {
	Answer
	at time.Time
}

// New makes an empty cache, or says which setting is missing.
func New(c Config) (*Cache, error) {
	if c.Clock == nil {
		return nil, errors.New("cache: Clock is missing")
	}
	if c.Shared != nil && len(c.MACKey) < minMACKey {
		return nil, fmt.Errorf("cache: MACKey has %d bytes, a shared tier wants at least %d", len(c.MACKey), minMACKey)
	}
	c.Bytes = orDefault(c.Bytes, 64<<20)
	c.Period = orDefault(c.Period, 500*time.Millisecond)
	c.TTL = orDefault(c.TTL, 90*time.Second)
	c.LoadTimeout = orDefault(c.LoadTimeout, 10*time.Second)
	if c.Observe == nil {
		c.Observe = func(context.Context, string) {}
	}
	local, err := otter.New(&otter.Options[string, entry]{
		MaximumWeight:    c.Bytes,
		Weigher:          weigh,
		ExpiryCalculator: otter.ExpiryWriting[string, entry](c.TTL),
		Clock:            clock{c.Clock},
	})
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	return &Cache{config: c, sealer: sealer{name: c.Name, key: c.MACKey}, local: local}, nil
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// Advance says that data of this generation is committed. Whoever applies changes, or polls for them, calls it; lower
// generations than were known are ignored, so calls may come late and in any order.
func (c *Cache) Advance(generation int64) {
	for {
		known := c.known.Load()
		if generation <= known || c.known.CompareAndSwap(known, generation) {
			return
		}
	}
}

// Get gives an answer of at least the generation atLeast (0 asks for none in particular), computing it if it is not at
// hand. An atLeast ahead of the data itself, which no honest caller has seen, is OUT_OF_RANGE on min_generation. Other
// errors are those of load, and ctx's own if it ends first.
func (c *Cache) Get(ctx context.Context, key string, atLeast int64, load Load) (Answer, error) {
	if e, ok := c.local.GetIfPresent(key); ok && c.serves(e, atLeast) {
		c.config.Observe(ctx, FromMemory)
		return e.Answer, nil
	}
	f, err := c.find(ctx, key, atLeast, load)
	if err != nil {
		return Answer{}, err
	}
	c.config.Observe(ctx, f.source)
	if f.Generation < atLeast {
		return Answer{}, fault.OutOfRange("min_generation", "GENERATION_AHEAD", "is %d, but the data is only at %d", atLeast, f.Generation)
	}
	return f.Answer, nil
}

// serves reports whether an entry, wherever it comes from, may answer a request for atLeast.
func (c *Cache) serves(e entry, atLeast int64) bool {
	age := c.config.Clock().Sub(e.at)
	if e.Generation < atLeast || age >= c.config.TTL || age <= -c.config.Period { // the last: stamped by a clock far ahead
		return false
	}
	return age < c.config.Period || e.Generation >= c.known.Load()
}

// found is an entry on its way to everybody who waits for it: where it came from and on whose call the work was done.
type found struct {
	entry
	source string
	by     *Load
}

// find asks the tier, then the loader, one caller per key doing it for all.
//
// A caller may join work that began before the data it has seen was committed, and be given less than it needs. It then
// joins or starts loads without the tier: the second of those began after the caller came, so that its snapshot holds
// everything the caller can have seen, and what it says is final. So is a load of the caller's own.
func (c *Cache) find(ctx context.Context, key string, atLeast int64, load Load) (found, error) {
	compute := func(ctx context.Context) (found, error) {
		e, err := c.compute(ctx, key, load)
		return found{entry: e, source: FromLoad, by: &load}, err
	}
	f, err := c.share(ctx, "any "+key, func(ctx context.Context) (found, error) {
		if e, ok := c.local.GetIfPresent(key); ok && c.serves(e, atLeast) { // whoever was before us has just put it there
			return found{entry: e, source: FromMemory, by: &load}, nil
		}
		if e, ok := c.recall(ctx, key, atLeast); ok {
			return found{entry: e, source: FromTier, by: &load}, nil
		}
		return compute(ctx)
	})
	for i := 0; i < 2 && err == nil && f.Generation < atLeast && f.by != &load; i++ {
		f, err = c.share(ctx, "new "+key, compute)
	}
	return f, err
}

// share runs work for the flight's name unless it runs already, and waits for its result or for ctx. The work goes on
// without the callers that left: its result serves the next.
func (c *Cache) share(ctx context.Context, flight string, work func(context.Context) (found, error)) (found, error) {
	result := c.flights.DoChan(flight, func() (_ any, err error) {
		defer func() {
			if p := recover(); p != nil { // nobody's recover is above this goroutine: it would end the process
				err = fmt.Errorf("load panicked: %v\n%s", p, debug.Stack())
			}
		}()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.config.LoadTimeout)
		defer cancel()
		return work(ctx)
	})
	select {
	case r := <-result:
		f, _ := r.Val.(found)
		return f, r.Err
	case <-ctx.Done():
		return found{}, ctx.Err()
	}
}

// recall takes the tier's entry for the key if it may serve.
func (c *Cache) recall(ctx context.Context, key string, atLeast int64) (entry, bool) {
	if c.config.Shared == nil {
		return entry{}, false
	}
	value, ok := c.config.Shared.Get(ctx, c.sealer.cell(key))
	if !ok {
		return entry{}, false
	}
	e, ok := c.sealer.open(key, value)
	if !ok || !c.serves(e, atLeast) {
		return entry{}, false
	}
	return c.keep(key, e), true
}

func (c *Cache) compute(ctx context.Context, key string, load Load) (entry, error) {
	at := c.config.Clock()
	answer, err := load(ctx)
	if err != nil {
		return entry{}, err
	}
	e := c.keep(key, entry{Answer: answer, at: at})
	if c.config.Shared != nil {
		c.config.Shared.Set(ctx, c.sealer.cell(key), c.sealer.seal(key, e))
	}
	return e, nil
}

// keep puts e into the process's cell unless that holds something newer, and returns what serves: the newer of the two.
func (c *Cache) keep(key string, e entry) entry {
	c.Advance(e.Generation)
	kept, ok := c.local.Compute(key, func(old entry, found bool) (entry, otter.ComputeOp) {
		if found && old.Generation > e.Generation {
			return old, otter.CancelOp
		}
		return e, otter.WriteOp
	})
	if !ok {
		return e
	}
	return kept
}

// weigh counts what an entry holds beside its bytes roughly: two small allocations and the table's own.
func weigh(key string, e entry) uint32 {
	const overhead = 200
	return uint32(len(key) + len(e.Data) + overhead) //nolint:gosec // an answer of 4 GiB does not exist
}

// clock lets otter expire by the injected clock.
type clock struct{ now func() time.Time }

// NowNano implements otter.Clock.
func (c clock) NowNano() int64 { return c.now().UnixNano() }

// Tick implements otter.Clock: expired entries leave on later writes, there is nothing to tick for.
func (c clock) Tick(time.Duration) <-chan time.Time { return nil }
