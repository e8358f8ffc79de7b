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
	"github.com/wancun/wancun/platform/recent"
)

// Answer is encoded bytes and the generation of the data they were computed from. The generation is read in the same
// snapshot as that data. Data is shared by all callers; they must not modify it.
type Answer struct {
	Generation int64
	Data       []byte
}

// Load computes the answer from committed data. It runs once for all callers that wait for the key. Its context ends
// after Config.LoadTimeout, and not when the first of these callers leaves.
type Load = func(ctx context.Context) (Answer, error)

// Sources of an answer, as passed to Config.Observe.
const (
	FromMemory = "memory"
	FromTier   = "tier"
	FromLoad   = "load"
)

// Config configures a Cache. Clock is required, and so is MACKey with a Shared tier. The zero value of every other
// field works.
type Config struct {
	// Name separates the keys of several caches in one tier.
	Name string
	// Bytes bounds the memory of this process for keys and answers; 0 means 64 MiB.
	Bytes uint64
	// Period is how long after its computation began an answer may be served although newer data is known, to requests
	// that do not ask for it; 0 means 500 ms.
	Period time.Duration
	// TTL is how long an answer may be served at all; 0 means 90 s.
	TTL time.Duration
	// LoadTimeout bounds one load; 0 means 10 s.
	LoadTimeout time.Duration
	// Shared is the tier that all replicas share; nil for a single process.
	Shared Shared
	// MACKey authenticates what is read from the tier: at least 32 secret bytes, the same in every replica.
	MACKey []byte
	// Clock returns the time from which ages are computed. Replicas compare timestamps with it, so their clocks should
	// agree to well within Period. A wrong clock can make answers without a token stale; it never breaks the promise.
	Clock func() time.Time
	// Observe is called with the source of every answer. It is on the fast path and must not block. Nil disables it.
	Observe func(ctx context.Context, source string)
}

// Shared is a tier that several replicas share. It answers hit or miss and never returns an error. What it cannot do
// within a few milliseconds is a miss. It may lose or corrupt anything.
type Shared interface {
	Get(ctx context.Context, key string) ([]byte, bool)
	Set(ctx context.Context, key string, value []byte)
}

// Cache keeps hot answers as the package comment describes. It is safe for concurrent use and needs no Close.
type Cache struct {
	config  Config
	sealer  sealer
	local   *otter.Cache[string, entry]
	flights singleflight.Group
	known   atomic.Int64 // the newest generation known
}

// entry is an answer with the time at which its computation began.
type entry struct {
	Answer
	at time.Time
}

// New returns an empty cache, or an error that names the missing setting.
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
		Clock:            recent.Clock(c.Clock),
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

// Advance reports that data of this generation is committed. The code that applies changes, or polls for them, calls
// it. Lower generations than the newest known are ignored, so calls may come late and in any order.
func (c *Cache) Advance(generation int64) {
	for {
		known := c.known.Load()
		if generation <= known || c.known.CompareAndSwap(known, generation) {
			return
		}
	}
}

// Get returns an answer of at least the generation atLeast (0 accepts any). It computes the answer if none is cached.
// If atLeast is ahead of the data itself, which no honest caller has seen, the error is OUT_OF_RANGE on min_generation.
// Other errors are those of load, or of ctx if it ends first.
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

// serves reports whether an entry, from memory or from the tier, may answer a request for atLeast.
func (c *Cache) serves(e entry, atLeast int64) bool {
	age := c.config.Clock().Sub(e.at)
	if e.Generation < atLeast || age >= c.config.TTL || age <= -c.config.Period { // the last: a clock far ahead set e.at
		return false
	}
	return age < c.config.Period || e.Generation >= c.known.Load()
}

// found is an entry for all callers that wait for it, with its source and the Load of the caller that started the work.
type found struct {
	entry
	source string
	by     *Load
}

// find asks the tier, then the loader. One caller per key does it for all.
//
// A caller may join work that began before the data it has seen was committed, and receive less than it needs. It then
// joins or starts loads that skip the tier. The second of these began after the caller came, so its snapshot holds
// everything that the caller can have seen, and its result is final. The result of the caller's own load is final too.
func (c *Cache) find(ctx context.Context, key string, atLeast int64, load Load) (found, error) {
	compute := func(ctx context.Context) (found, error) {
		e, err := c.compute(ctx, key, load)
		return found{entry: e, source: FromLoad, by: &load}, err
	}
	f, err := c.share(ctx, "any "+key, func(ctx context.Context) (found, error) {
		if e, ok := c.local.GetIfPresent(key); ok && c.serves(e, atLeast) { // an earlier call has just stored it
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

// share runs work under the name of the flight, unless it runs already, and waits for its result or for ctx. The work
// continues after its callers have left: the next call uses the result.
func (c *Cache) share(ctx context.Context, flight string, work func(context.Context) (found, error)) (found, error) {
	result := c.flights.DoChan(flight, func() (_ any, err error) {
		defer func() {
			if p := recover(); p != nil { // without recover on this goroutine a panic would end the process
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

// recall returns the tier's entry for the key if it may be served.
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

// keep stores e in the memory of the process unless a newer entry is there, and returns the newer of the two.
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

// weigh returns the size of an entry. The overhead is a rough estimate for two small allocations and the table's own
// memory.
func weigh(key string, e entry) uint32 {
	const overhead = 200
	return uint32(len(key) + len(e.Data) + overhead) //nolint:gosec // an answer of 4 GiB does not exist
}
