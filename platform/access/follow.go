package access

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/wancun/wancun/platform/place"
)

const (
	// followEvery is how often a follower asks for new successions.
	followEvery = 2 * time.Second
	// followLimit bounds one attempt.
	followLimit = 5 * time.Second
	// followPage is how many successions are asked for at once.
	followPage = 1000
)

// Source gives the successions in force and their generation. If the generation is the known one, the moves are not read.
type Source func(ctx context.Context, known int64) ([]place.Move, int64, error)

// Succession is a succession as the service answers it that keeps them.
type Succession interface {
	// GetPredecessor and GetSuccessor are names of divisions.
	GetPredecessor() string
	GetSuccessor() string
	GetDigitsKept() bool
}

// SourceOf reads the successions in force page by page; each page comes with the generation at the time.
func SourceOf[S Succession](page func(ctx context.Context, size int32, token string) (list []S, next string, generation int64, err error)) Source {
	return func(ctx context.Context, known int64) ([]place.Move, int64, error) {
		_, _, generation, err := page(ctx, 1, "")
		if err != nil || generation == known {
			return nil, known, err
		}
		var moves []place.Move
		for token := ""; ; {
			list, next, _, err := page(ctx, followPage, token)
			if err != nil {
				return nil, known, err
			}
			for _, s := range list {
				moves = append(moves, place.Move{From: AreaOf(s.GetPredecessor()), To: AreaOf(s.GetSuccessor()), Keeps: s.GetDigitsKept()})
			}
			// What is written meanwhile has a later generation, by which the next attempt finds it.
			if token = next; token == "" {
				return moves, generation, nil
			}
		}
	}
}

// Await makes callers with a grant for an area wait for the first successions: until then they are UNAVAILABLE.
func (t *Territories) Await() { t.followed.Store(true) }

// Refresh asks the source once.
func (t *Territories) Refresh(ctx context.Context, from Source) error {
	t.Await()
	generation := int64(-1)
	if known := t.known.Load(); known != nil {
		generation = known.generation
	}
	ctx, cancel := context.WithTimeout(ctx, followLimit)
	defer cancel()
	moves, now, err := from(ctx, generation)
	if err != nil {
		return fmt.Errorf("read successions of divisions: %w", err)
	}
	if now != generation {
		t.known.Store(&knownSuccessions{generation: now, successions: place.New(moves...)})
	}
	return nil
}

// Follow asks the source every two seconds until ctx ends. While the source does not answer, what is known stays in force.
// It logs the first failure of a row, and the end of the row. Run one at a time.
func (t *Territories) Follow(ctx context.Context, from Source, logger *slog.Logger) {
	t.Await()
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for failing := false; ; {
		err := t.Refresh(ctx, from)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			logger.Warn("the successions of divisions cannot be read; those known stay in force", "error", err, "known", t.known.Load() != nil)
		case err == nil && failing:
			logger.Info("the successions of divisions can be read again")
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
