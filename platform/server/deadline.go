package server

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/wancun/wancun/platform/fault"
)

// leastTime is what a call must have left to be begun: less would be spent on work whose answer nobody waits for.
const leastTime = 5 * time.Millisecond

// deadline gives a unary call a deadline if it came without one, and refuses at once what cannot be done in time.
func deadline(timeout time.Duration) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		at, ok := ctx.Deadline()
		if !ok {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, timeout)
			defer cancel()
		} else if time.Until(at) < leastTime { //nolint:forbidigo // deadlines live by the runtime's clock, not by Deps.Clock
			return nil, context.DeadlineExceeded
		}
		return handler(ctx, request)
	}
}

// endWithDrain ends a stream that carries no deadline when the server drains: it might go on for ever, and who follows
// takes it up again elsewhere. One with a deadline may finish.
func (s *Server) endWithDrain(service any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if _, ok := stream.Context().Deadline(); ok {
		return handler(service, stream)
	}
	ctx, cancel := context.WithCancelCause(stream.Context())
	defer cancel(nil)
	defer context.AfterFunc(s.draining, func() { cancel(context.Cause(s.draining)) })()
	err := handler(service, &streamIn{stream, ctx})
	if ended, ok := fault.From(context.Cause(ctx)); ok && err != nil {
		return ended
	}
	return err
}
