package server

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/wancun/wancun/platform/fault"
)

// limit bounds what is handled at once. What comes beyond is refused rather than queued: a queue only makes every caller
// wait out a deadline.
type limit struct{ places chan struct{} }

func newLimit(n int) *limit { return &limit{make(chan struct{}, n)} }

func (l *limit) take() error {
	select {
	case l.places <- struct{}{}:
		return nil
	default:
		return fault.Exhausted("OVERLOADED", time.Second, "the server is at its limit of %d calls at once, please try again", cap(l.places))
	}
}

func (l *limit) give() { <-l.places }

func (l *limit) unary(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if err := l.take(); err != nil {
		return nil, err
	}
	defer l.give()
	return handler(ctx, request)
}

func (l *limit) stream(service any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if err := l.take(); err != nil {
		return err
	}
	defer l.give()
	return handler(service, stream)
}
