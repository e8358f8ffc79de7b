package client

import (
	"crypto/tls"
	"fmt"
	"time"

	"github.com/fullstorydev/grpchan"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/health" // without it the service config's health check is silently off
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/stats"
)

const (
	timeout         = 10 * time.Second
	shave           = 20 * time.Millisecond
	maxMessageBytes = 16 << 20
	pingEvery       = 30 * time.Second
	pingTimeout     = 10 * time.Second
	connectTimeout  = 5 * time.Second
	// The flow-control windows are fixed, as those of the server: gRPC's own estimate sends a ping for each message
	// that arrives.
	streamWindow     = 1 << 20
	connectionWindow = 4 << 20
)

// serviceConfig balances calls over all replicas whose health service reports SERVING for "answering". It configures no
// retries, because this package makes them.
const serviceConfig = `{"loadBalancingConfig":[{"round_robin":{}}],"healthCheckConfig":{"serviceName":"answering"}}`

// Config configures a connection over the network. The zero value is for loopback.
type Config struct {
	// TLS authenticates both sides. nil means clear text.
	TLS *tls.Config
	// Tracer and Meter observe the calls. nil disables them.
	Tracer trace.TracerProvider
	Meter  metric.MeterProvider
}

// Dial returns a connection. The first call connects. The target is a gRPC target: `dns:///village:7701` resolves to
// all replicas of a headless service, and `list:///127.0.0.1:7701,127.0.0.1:7702` lists them.
func Dial(target string, c Config) (*grpc.ClientConn, error) {
	transport := insecure.NewCredentials()
	if c.TLS != nil {
		transport = credentials.NewTLS(c.TLS)
	}
	again, peers := newRetrier(), newReplicas(transport)
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithContextDialer(peers.dial),
		grpc.WithDefaultServiceConfig(serviceConfig),
		grpc.WithDisableServiceConfig(),
		grpc.WithResolvers(lists{}),
		grpc.WithDisableRetry(),
		grpc.WithConnectParams(reconnecting()),
		grpc.WithStaticStreamWindowSize(streamWindow),
		grpc.WithStaticConnWindowSize(connectionWindow),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: pingEvery, Timeout: pingTimeout}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessageBytes)),
		grpc.WithChainUnaryInterceptor(unary, awaitConnection, again.unary),
		grpc.WithChainStreamInterceptor(stream),
	}
	if c.Tracer != nil || c.Meter != nil {
		options = append(options, grpc.WithStatsHandler(observer(c)))
	} else {
		options = append(options, grpc.WithChainUnaryInterceptor(traceUnary), grpc.WithChainStreamInterceptor(traceStream))
	}
	conn, err := grpc.NewClient(target, options...)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", target, err)
	}
	return conn, nil
}

// reconnecting bounds the pauses between attempts to reach a replica. gRPC's own pauses grow from one second to two
// minutes; during a long pause a replica that was only restarted would receive no calls.
func reconnecting() grpc.ConnectParams {
	return grpc.ConnectParams{
		Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 2 * time.Second},
		MinConnectTimeout: connectTimeout,
	}
}

func observer(c Config) stats.Handler {
	options := []otelgrpc.Option{otelgrpc.WithPropagators(propagation.TraceContext{})}
	if c.Tracer != nil {
		options = append(options, otelgrpc.WithTracerProvider(c.Tracer))
	}
	if c.Meter != nil {
		options = append(options, otelgrpc.WithMeterProvider(c.Meter))
	}
	return otelgrpc.NewClientHandler(options...)
}

// Wrap adds the token, the deadline and the retries of this package to another connection, such as one inside the
// process.
func Wrap(conn grpc.ClientConnInterface) grpc.ClientConnInterface {
	again := newRetrier()
	return grpchan.InterceptClientConn(grpchan.InterceptClientConn(conn, again.unary, nil), unary, stream)
}
