package access

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/place"
)

const (
	// followEvery is the interval between requests for new successions.
	followEvery = 2 * time.Second
	// followLimit bounds one attempt.
	followLimit = 5 * time.Second
	// followPage is the number of successions in one request.
	followPage = 1000
)

// Source returns the successions in force and their generation. If the generation equals known, it does not read the
// successions.
type Source func(ctx context.Context, known int64) ([]place.Move, int64, error)

// Succession is a succession of divisions as the service returns it.
type Succession interface {
	// GetPredecessor and GetSuccessor are names of divisions.
	GetPredecessor() string
	GetSuccessor() string
	GetDigitsKept() bool
}

// SuccessionList is a page of successions.
type SuccessionList[S Succession] interface {
	GetSuccessions() []S
	GetNextPageToken() string
	// GetGeneration is the generation at the time of the call.
	GetGeneration() int64
}

// SourceOf returns a Source that lists the successions in force with a method of a generated client, page by page.
func SourceOf[Q interface {
	*T
	proto.Message
}, T any, L SuccessionList[S], S Succession](list func(context.Context, Q, ...grpc.CallOption) (L, error)) Source {
	page := func(ctx context.Context, size int32, token string) (L, error) {
		q := Q(new(T))
		m, fields := q.ProtoReflect(), q.ProtoReflect().Descriptor().Fields()
		m.Set(fields.ByName("filter"), protoreflect.ValueOfString("withdrawn = false"))
		m.Set(fields.ByName("page_size"), protoreflect.ValueOfInt32(size))
		m.Set(fields.ByName("page_token"), protoreflect.ValueOfString(token))
		return list(ctx, q)
	}
	return func(ctx context.Context, known int64) ([]place.Move, int64, error) {
		first, err := page(ctx, 1, "")
		if err != nil || first.GetGeneration() == known {
			return nil, known, err
		}
		var moves []place.Move
		for token := ""; ; {
			part, err := page(ctx, followPage, token)
			if err != nil {
				return nil, known, err
			}
			for _, s := range part.GetSuccessions() {
				moves = append(moves, place.Move{From: AreaOf(s.GetPredecessor()), To: AreaOf(s.GetSuccessor()), Keeps: s.GetDigitsKept()})
			}
			// Successions written meanwhile have a later generation, so the next attempt reads them.
			if token = part.GetNextPageToken(); token == "" {
				return moves, first.GetGeneration(), nil
			}
		}
	}
}

// Await makes callers with a grant for an area UNAVAILABLE until the successions have been read once.
func (t *Territories) Await() { t.followed.Store(true) }

// Refresh calls the source once.
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

// Follow calls the source every two seconds until ctx ends. While the source fails, the last successions stay in force.
// It logs the first of several failures in a row and the first success after them. It must not run concurrently.
func (t *Territories) Follow(ctx context.Context, from Source, logger *slog.Logger) {
	t.Await()
	poll(ctx, func() error { return t.Refresh(ctx, from) }, logger, "the successions of divisions", func() bool { return t.known.Load() != nil })
}

// poll calls refresh every two seconds until ctx ends. It logs the first of several failures in a row and the first
// success after them.
func poll(ctx context.Context, refresh func() error, logger *slog.Logger, what string, known func() bool) {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for failing := false; ; {
		err := refresh()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			logger.Warn(what+" cannot be read; those known stay in force", "error", err, "known", known())
		case err == nil && failing:
			logger.Info(what + " can be read again")
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
