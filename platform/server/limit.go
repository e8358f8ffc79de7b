package server

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/limits"
)

// limit bounds what is handled at once, and what of it one caller may have. What comes beyond is refused rather than
// queued: a queue only makes every caller wait out a deadline.
type limit struct {
	places int
	shares *limits.Shares
}

func newLimit(n int) *limit { return &limit{n, limits.NewShares(int64(n))} }

// take gives a place to the caller of ctx and returns its name, for give.
func (l *limit) take(ctx context.Context) (caller string, err error) {
	caller = access.From(ctx).Subject
	if !l.shares.Take(caller, 1) {
		return "", fault.Exhausted("OVERLOADED", time.Second,
			"the server handles at most %d calls at once, of which one caller may have half, please try again", l.places)
	}
	return caller, nil
}

func (l *limit) give(caller string) { l.shares.Give(caller, 1) }

// placed marks the context of a call that has a place. The calls that its handler makes inside the process are part of it:
// if they took places of their own, calls under way would be refused what they need to end.
type placed struct{}

func (l *limit) unary(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	inside := context.WithValue(ctx, placed{}, true)
	if from := callerOf(ctx); from != nil && from.Value(placed{}) != nil {
		return handler(inside, request)
	}
	caller, err := l.take(ctx)
	if err != nil {
		return nil, err
	}
	defer l.give(caller)
	return handler(inside, request)
}

func (l *limit) stream(service any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	caller, err := l.take(stream.Context())
	if err != nil {
		return err
	}
	defer l.give(caller)
	return handler(service, stream)
}
