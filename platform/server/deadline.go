package server

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/wancun/wancun/platform/fault"
)

// leastTime is the least remaining time with which a call begins. With less, the answer would usually come too late.
const leastTime = 5 * time.Millisecond

// deadline gives a unary call a deadline if it has none, and refuses at once a call whose deadline is too near.
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

// endWithDrain ends a stream without a deadline when the server drains, since it could last until the client leaves;
// the client opens it again elsewhere. A stream with a deadline may complete.
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
