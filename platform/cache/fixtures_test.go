package cache_test

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wancun/wancun/platform/cache"
)

// database is committed data of which only the generation matters: the bytes of a load are the generation that it read.
type database struct {
	generation, loads atomic.Int64
}

func newData() *database {
	d := &database{}
	d.generation.Store(1)
	return d
}

// commit changes the data and then advances the caches, as a numbering loop or a poll does.
func (d *database) commit(caches ...*cache.Cache) {
	g := d.generation.Add(1)
	for _, c := range caches {
		c.Advance(g)
	}
}

func (d *database) load(context.Context) (cache.Answer, error) {
	d.loads.Add(1)
	g := d.generation.Load()
	return cache.Answer{Generation: g, Data: strconv.AppendInt(nil, g, 10)}, nil
}

// want gets the key and checks the generation of the answer, and that its bytes are of that generation.
func (d *database) want(tb testing.TB, c *cache.Cache, key string, atLeast, generation int64) {
	tb.Helper()
	a, err := c.Get(tb.Context(), key, atLeast, d.load)
	if err != nil || a.Generation != generation || string(a.Data) != strconv.FormatInt(generation, 10) {
		tb.Fatalf("Get(%q, %d) = generation %d, %q, %v; want generation %d", key, atLeast, a.Generation, a.Data, err, generation)
	}
}

// testClock has the time that the test sets.
type testClock struct{ µs atomic.Int64 }

func (c *testClock) now() time.Time       { return time.UnixMicro(1_800_000_000_000_000 + c.µs.Load()) }
func (c *testClock) pass(d time.Duration) { c.µs.Add(d.Microseconds()) }

func oneProcess(tb testing.TB) (*database, *cache.Cache, *testClock) {
	tb.Helper()
	clock := &testClock{}
	return newData(), newCache(tb, cache.Config{Clock: clock.now}), clock
}

func newCache(tb testing.TB, config cache.Config) *cache.Cache {
	tb.Helper()
	c, err := cache.New(config)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// memoryTier is a tier without a network, the best case of a Shared.
type memoryTier struct {
	mu    sync.Mutex
	cells map[string][]byte
}

func newMemoryTier() *memoryTier { return &memoryTier{cells: map[string][]byte{}} }

func (m *memoryTier) Get(_ context.Context, key string) ([]byte, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.cells[key]
	return v, ok
}

func (m *memoryTier) Set(_ context.Context, key string, value []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cells[key] = value
}

func (m *memoryTier) remove(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.cells, key)
}
