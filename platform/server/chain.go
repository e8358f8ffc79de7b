package server

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/grpc"

	"github.com/wancun/wancun/platform/access"
)

// before returns the interceptors of a unary call that run before its request is read, outermost first. The first logs
// the call and converts errors into a status. The next set a deadline, and authenticate a caller with a role that may
// call the method.
func (s *Server) before(answers *answerer, policies *access.Policies) []grpc.UnaryServerInterceptor {
	steps := []grpc.UnaryServerInterceptor{answers.unary, deadline(s.config.Timeout), policies.Entering(s.deps.Verifier)}
	if s.stats == nil {
		steps = slices.Insert(steps, 0, grpc.UnaryServerInterceptor(followUnary))
	}
	return steps
}

// after returns the interceptors of a unary call that run once its request is read: they normalize texts, check the
// caller's access to what the request names, validate the request, and take a place under the limits.
func (s *Server) after(policies *access.Policies, valid *validator) grpc.UnaryServerInterceptor {
	return chainUnary([]grpc.UnaryServerInterceptor{valid.texts.unary, policies.Unary(), valid.unary, newLimit(s.config.MaxCalls).unary})
}

// streaming returns the interceptors of streams, in the order of before and after. A stream authenticates its caller
// when it opens, and receives its request later.
func (s *Server) streaming(answers *answerer, policies *access.Policies, valid *validator) grpc.StreamServerInterceptor {
	streams := newLimit(s.config.MaxStreams)
	stream := []grpc.StreamServerInterceptor{
		answers.stream, s.endWithDrain, valid.texts.stream, policies.Stream(s.deps.Verifier), valid.stream,
		numberRows, streams.stream, memoryOf{s.deps.Memory}.stream,
	}
	if s.stats == nil {
		stream = slices.Insert(stream, 0, grpc.StreamServerInterceptor(followStream))
	}
	reflection := []grpc.StreamServerInterceptor{answers.stream, s.endWithDrain, streams.stream, interruptible}
	return s.chainStream(stream, reflection)
}

// exempt reports whether a method belongs to gRPC's own services, health and reflection. [Server.Serve] registers them,
// on the network only.
func exempt(method string) bool { return strings.HasPrefix(method, "/grpc.") }

func chainUnary(steps []grpc.UnaryServerInterceptor) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		if exempt(info.FullMethod) {
			return handler(ctx, request)
		}
		return passUnary(ctx, steps, request, info, handler)
	}
}

// passUnary calls a handler through interceptors.
func passUnary(ctx context.Context, steps []grpc.UnaryServerInterceptor, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	c := &unaryCall{steps: steps, info: info, handler: handler}
	c.rest = c.next
	return c.next(ctx, request)
}

// unaryCall is a call on its way through the interceptors. Each interceptor calls the next at most once.
type unaryCall struct {
	steps   []grpc.UnaryServerInterceptor // not yet called
	info    *grpc.UnaryServerInfo
	handler grpc.UnaryHandler
	rest    grpc.UnaryHandler // the method value of next, created once
}

func (c *unaryCall) next(ctx context.Context, request any) (any, error) {
	if len(c.steps) == 0 {
		return c.handler(ctx, request)
	}
	step := c.steps[0]
	c.steps = c.steps[1:]
	return step(ctx, request, c.info, c.rest)
}

// chainStream also ends exempt streams when the server drains, because a client that watches the health would delay the
// stop. Streams of the reflection service have their own interceptors.
func (s *Server) chainStream(steps, reflection []grpc.StreamServerInterceptor) grpc.StreamServerInterceptor {
	ended := []grpc.StreamServerInterceptor{s.endWithDrain}
	return func(service any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
		steps := steps
		switch {
		case reflects(info.FullMethod):
			steps = reflection
		case exempt(info.FullMethod):
			steps = ended
		}
		for _, step := range slices.Backward(steps) {
			next := handler
			handler = func(service any, stream grpc.ServerStream) error { return step(service, stream, info, next) }
		}
		return handler(service, stream)
	}
}

// streamIn is a stream with another context.
type streamIn struct {
	grpc.ServerStream
	ctx context.Context
}

// Context implements [grpc.ServerStream].
func (s *streamIn) Context() context.Context { return s.ctx }
