// Package recent keeps the answers of peers for a few seconds, so that a hot path need not ask for them again.
//
// An answer is kept for at most StaleAfter, errors never. One caller at a time asks for one key, the others wait for its
// answer. A caller that is about to refuse something on a kept answer asks with Fresh first. Then a refusal is never stale,
// and staleness costs only that something is admitted for a few seconds longer.
package recent

import (
	"context"
	"fmt"
	"time"

	"github.com/maypok86/otter/v2"
)

// StaleAfter is how long an answer is kept.
const StaleAfter = 5 * time.Second

// Age says how old an answer may be.
type Age int

const (
	// Kept answers are at most StaleAfter old.
	Kept Age = iota
	// Fresh answers are asked for after the call began.
	Fresh
)

// Answers keeps answers by key. It is safe for concurrent use.
type Answers[K comparable, V any] struct {
	kept *otter.Cache[K, V]
}

// New returns a place for at most size answers, which grow old by clock.
func New[K comparable, V any](size int, clock func() time.Time) (*Answers[K, V], error) {
	kept, err := otter.New(&otter.Options[K, V]{
		MaximumSize:      size,
		ExpiryCalculator: otter.ExpiryWriting[K, V](StaleAfter),
		Clock:            tickless(clock),
	})
	if err != nil {
		return nil, fmt.Errorf("keep answers: %w", err)
	}
	return &Answers[K, V]{kept: kept}, nil
}

// Get returns the answer to a key, asking for it if need be.
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

// Keep keeps an answer that was got in another way.
func (a *Answers[K, V]) Keep(key K, answer V) { a.kept.Set(key, answer) }

// Forget drops the answer to a key, and also the one that is being asked for at this moment: it may be older than the
// change that makes it worth forgetting.
func (a *Answers[K, V]) Forget(key K) { a.kept.Invalidate(key) }

// tickless is the service's clock as a cache reads it. Without ticks, what expired is swept out when something else is
// read or written.
type tickless func() time.Time

// NowNano implements otter.Clock.
func (c tickless) NowNano() int64 { return c().UnixNano() }

// Tick implements otter.Clock; nil means no ticks.
func (c tickless) Tick(time.Duration) <-chan time.Time { return nil }
