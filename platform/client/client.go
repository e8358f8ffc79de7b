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
	// Fixed, as the server's are: gRPC's own search for a size sends a ping for each message that comes.
	streamWindow     = 1 << 20
	connectionWindow = 4 << 20
)

// serviceConfig spreads calls over all replicas that say they answer. Retries are this package's business, so it has none.
const serviceConfig = `{"loadBalancingConfig":[{"round_robin":{}}],"healthCheckConfig":{"serviceName":"answering"}}`

// Config says how to reach a peer over the network. The zero value is for loopback.
type Config struct {
	// TLS proves who both sides are; nil talks in clear.
	TLS *tls.Config
	// Tracer and Meter observe the calls; nil: nobody does.
	Tracer trace.TracerProvider
	Meter  metric.MeterProvider
}

// Dial prepares a connection; it connects with the first call. The target is as gRPC has it: `dns:///village:7701` finds all
// replicas of a headless service, and `list:///127.0.0.1:7701,127.0.0.1:7702` names them itself.
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
		grpc.WithChainUnaryInterceptor(unary, again.unary),
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

// reconnecting paces the attempts to reach a replica that is away. gRPC's own pace begins at a second and ends at two
// minutes, in which a replica that was only restarted would get no calls.
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

// Wrap gives another connection, such as one inside the process, the manners of a dialled one.
func Wrap(conn grpc.ClientConnInterface) grpc.ClientConnInterface {
	again := newRetrier()
	return grpchan.InterceptClientConn(grpchan.InterceptClientConn(conn, again.unary, nil), unary, stream)
}
