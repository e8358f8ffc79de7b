package server

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/limits"
)

// limit bounds the calls that are handled at once, and the share of one caller. Further calls are refused and not
// queued, because in a queue every caller would only wait for its deadline.
type limit struct {
	places int
	shares *limits.Shares
}

func newLimit(n int) *limit { return &limit{n, limits.NewShares(int64(n))} }

// take takes a place for the caller of ctx and returns the caller's name, which give needs.
func (l *limit) take(ctx context.Context) (caller string, err error) {
	caller = access.From(ctx).Subject
	if !l.shares.Take(caller, 1) {
		return "", fault.Exhausted("OVERLOADED", time.Second,
			"the server handles at most %d calls at once, of which one caller may have half, please try again", l.places)
	}
	return caller, nil
}

func (l *limit) give(caller string) { l.shares.Give(caller, 1) }

// placed marks the context of a call that has a place. Calls that its handler makes inside the process take no place:
// otherwise calls in flight could be refused a call that they need to complete.
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

// memoryOf takes the memory of streams of requests from a budget.
type memoryOf struct{ budget *limits.Memory }

// stream takes [limits.Stream] for as long as a stream of requests is open, also inside the process: most of it is what
// the handler keeps of all messages.
func (m memoryOf) stream(service any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if !info.IsClientStream {
		return handler(service, stream)
	}
	hold := m.budget.Hold(access.From(stream.Context()).Subject)
	defer hold.Give()
	if err := hold.Take(limits.Stream); err != nil {
		return err
	}
	return handler(service, stream)
}
