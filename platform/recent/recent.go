// Package recent caches the answers of peers for a few seconds, so that a hot path does not call them for every
// request.
//
// An answer is kept for at most StaleAfter. Errors are not kept. For each key one caller at a time calls the peer, and
// the others wait for its answer. Before a caller refuses something because of a kept answer, it calls Get with Fresh.
// A refusal is therefore never stale; something may still be admitted for up to StaleAfter after it changed.
package recent

import (
	"context"
	"fmt"
	"time"

	"github.com/maypok86/otter/v2"
)

// StaleAfter is how long an answer is kept.
const StaleAfter = 5 * time.Second

// Age selects how old an answer may be.
type Age int

const (
	// Kept accepts an answer that is at most StaleAfter old.
	Kept Age = iota
	// Fresh accepts only an answer that was requested after the call began.
	Fresh
)

// Answers keeps answers by key. It is safe for concurrent use.
type Answers[K comparable, V any] struct {
	kept *otter.Cache[K, V]
}

// New returns a cache for at most size answers. Answers expire by clock.
func New[K comparable, V any](size int, clock func() time.Time) (*Answers[K, V], error) {
	kept, err := otter.New(&otter.Options[K, V]{
		MaximumSize:      size,
		ExpiryCalculator: otter.ExpiryWriting[K, V](StaleAfter),
		Clock:            Clock(clock),
	})
	if err != nil {
		return nil, fmt.Errorf("keep answers: %w", err)
	}
	return &Answers[K, V]{kept: kept}, nil
}

// Get returns the answer for a key. It calls ask if no answer of the given age is kept.
func (a *Answers[K, V]) Get(ctx context.Context, age Age, key K, ask func(context.Context, K) (V, error)) (V, error) {
	if age == Fresh {
		a.Forget(key)
	}
	return a.kept.Get(ctx, key, otter.LoaderFunc[K, V](ask))
}

// Has reports whether an answer is kept.
func (a *Answers[K, V]) Has(key K) bool {
	_, kept := a.kept.GetIfPresent(key)
	return kept
}

// Keep stores an answer that the caller obtained without Get.
func (a *Answers[K, V]) Keep(key K, answer V) { a.kept.Set(key, answer) }

// Forget drops the answer for a key. An answer that is being requested at this moment is not stored either, because it
// may be older than the change that led to the call of Forget.
func (a *Answers[K, V]) Forget(key K) { a.kept.Invalidate(key) }

// Clock adapts the clock of a service to an otter cache. It has no ticks: expired entries are removed when other entries
// are read or written, so a cache with this clock has no goroutine that must be stopped.
type Clock func() time.Time

// NowNano implements otter.Clock.
func (c Clock) NowNano() int64 { return c().UnixNano() }

// Tick implements otter.Clock; nil disables ticks.
func (c Clock) Tick(time.Duration) <-chan time.Time { return nil }
