package server

import (
	"context"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc/filters"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
)

func observer(d Deps) stats.Handler {
	options := []otelgrpc.Option{
		otelgrpc.WithFilter(filters.Not(filters.HealthCheck())),
		otelgrpc.WithPropagators(propagation.TraceContext{}),
	}
	if d.Tracer != nil {
		options = append(options, otelgrpc.WithTracerProvider(d.Tracer))
	}
	if d.Meter != nil {
		options = append(options, otelgrpc.WithMeterProvider(d.Meter))
	}
	return otelgrpc.NewServerHandler(options...)
}

// adopted makes the span of an in-process call a child of the caller's span, which the channel otherwise hides.
type adopted struct{ stats.Handler }

// TagRPC implements [stats.Handler].
func (a adopted) TagRPC(ctx context.Context, info *stats.RPCTagInfo) context.Context {
	if caller := callerOf(ctx); caller != nil {
		ctx = trace.ContextWithSpan(ctx, trace.SpanFromContext(caller))
	}
	return a.Handler.TagRPC(ctx, info)
}

// followUnary and followStream take over the caller's trace when the server records none, so that log lines still
// contain its ids.
func followUnary(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	return handler(follow(ctx), request)
}

func followStream(service any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	return handler(service, &streamIn{stream, follow(stream.Context())})
}

func follow(ctx context.Context) context.Context {
	if caller := callerOf(ctx); caller != nil {
		return trace.ContextWithRemoteSpanContext(ctx, trace.SpanContextFromContext(caller))
	}
	parent := metadata.ValueFromIncomingContext(ctx, "traceparent")
	if len(parent) != 1 {
		return ctx
	}
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": parent[0]})
}
