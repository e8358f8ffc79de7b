package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fullstorydev/grpchan"
	"github.com/fullstorydev/grpchan/inprocgrpc"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/stats"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/limits"
)

// Config has the settings that differ between deployments. Its zero value is usable.
type Config struct {
	// Timeout is the deadline of a unary call that has none. 0 means 10 s.
	Timeout time.Duration
	// MaxCalls bounds the unary calls handled at once, and MaxStreams the open streams. One caller may have half of
	// them (see package limits). Calls and streams beyond either limit are refused at once with RESOURCE_EXHAUSTED. 0
	// means 512 and 256; the minimum is 2.
	MaxCalls, MaxStreams int
	// DrainWait is how long a stopping server accepts new calls after it reported NOT_SERVING. 0 means not at all.
	DrainWait time.Duration
	// DrainLimit is how long the calls in flight then have to complete. 0 means 20 s.
	DrainLimit time.Duration
	// Reflection enables gRPC reflection, for peers without a token too. It shows the contract that /openapi.json also
	// publishes. Its streams count towards the share of callers without a token.
	Reflection bool
}

func (c Config) withDefaults() Config {
	c.Timeout = or(c.Timeout, 10*time.Second)
	c.MaxCalls = or(c.MaxCalls, 512)
	c.MaxStreams = or(c.MaxStreams, 256)
	c.DrainLimit = or(c.DrainLimit, 20*time.Second)
	return c
}

func or[T comparable](given, otherwise T) T {
	var zero T
	if given == zero {
		return otherwise
	}
	return given
}

// Deps are the dependencies of a server. Verifier, Logger and Clock are required.
type Deps struct {
	// Verifier verifies the token of a call and returns its principal.
	Verifier access.Verifier
	// Logger logs one record per call, with the call's context, from which its handler may read the trace.
	Logger *slog.Logger
	// Clock measures the duration of calls.
	Clock func() time.Time
	// Tracer and Meter observe calls, over the network and in the process. nil disables them.
	Tracer trace.TracerProvider
	Meter  metric.MeterProvider
	// Watched is called with the first name in a peer's certificate and 1 when the peer begins to watch the server's
	// health on a connection, and with -1 when it stops. Clients that balance calls do so. nil disables the callback.
	Watched func(ctx context.Context, peer string, change int64)
	// Ready returns an error while calls cannot be answered normally. The health service calls it once a second. nil
	// means that they always can.
	Ready func(context.Context) error
	// Memory is the budget of the requests that arrive over the network. nil means a budget of the default size.
	Memory *limits.Memory
	// TLS is the configuration of the network connections. nil means clear text, for loopback only.
	TLS *tls.Config
}

// Server serves any number of services. It is safe for concurrent use once started.
type Server struct {
	config Config
	deps   Deps
	stats  stats.Handler // nil without tracer and meter

	mu       sync.Mutex
	handlers grpchan.HandlerMap
	started  atomic.Pointer[started]

	draining context.Context // ends when streams without a deadline must end
	drain    context.CancelCauseFunc
}

// started is what Start creates. It does not change afterwards.
type started struct {
	policies *access.Policies
	before   []grpc.UnaryServerInterceptor
	shapes   map[protoreflect.FullName]*limits.Shape // of the requests
	unary    grpc.UnaryServerInterceptor
	stream   grpc.StreamServerInterceptor
	calls    *unaryCalls         // inside the process
	streams  *inprocgrpc.Channel // inside the process
}

var _ grpc.ServiceRegistrar = (*Server)(nil)

// New checks the dependencies. It neither listens nor serves.
func New(c Config, d Deps) (*Server, error) {
	if d.Verifier == nil || d.Logger == nil || d.Clock == nil {
		return nil, errors.New("server: Verifier, Logger and Clock are needed")
	}
	s := &Server{config: c.withDefaults(), deps: d, handlers: grpchan.HandlerMap{}}
	if s.deps.Memory == nil {
		s.deps.Memory = limits.NewMemory(0)
	}
	s.draining, s.drain = context.WithCancelCause(context.Background())
	if d.Tracer != nil || d.Meter != nil {
		s.stats = observer(d)
	}
	return s, nil
}

// RegisterService adds a service. The generated RegisterXServer functions call it, before Start. As with a gRPC server,
// it panics if a service is registered twice or after Start.
func (s *Server) RegisterService(d *grpc.ServiceDesc, handler any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started.Load() != nil {
		panic(fmt.Sprintf("server: service %s is registered after the start", d.ServiceName)) //nolint:forbidigo // as grpc.Server does; there is no error to return
	}
	s.handlers.RegisterService(s.entered(d), handler)
}

// Start compiles the policies and constraints of all registered services and opens the in-process connection. If it
// fails, nothing is served, and the error names every invalid method and message. Further calls of a started server
// return nil.
func (s *Server) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started.Load() != nil {
		return nil
	}
	services := s.handlers.GetServiceInfo()
	policies, err := access.NewPolicies(services)
	if err != nil {
		return fmt.Errorf("start server: %w", err)
	}
	valid, err := newValidator(services)
	if err != nil {
		return fmt.Errorf("start server: %w", err)
	}
	b := &started{policies: policies, streams: (&inprocgrpc.Channel{}).WithCloner(copies{})}
	if b.shapes, err = shapesOf(services); err != nil {
		return fmt.Errorf("start server: %w", err)
	}
	answers := newAnswerer(s.deps)
	b.before, b.unary, b.stream = s.before(answers, policies), s.after(policies, valid), s.streaming(answers, policies, valid)
	s.handlers.ForEach(b.streams.RegisterService)
	b.streams.WithServerStreamInterceptor(b.stream)
	b.calls = &unaryCalls{methods: unaryMethods(s.handlers), chain: b.unary}
	if s.stats != nil {
		b.calls.stats = adopted{s.stats}
		b.streams.WithServerStatsHandler(b.calls.stats)
	}
	s.started.Store(b)
	return nil
}

// Matrix returns which roles may call which method. It is empty before Start.
func (s *Server) Matrix() []access.Rule {
	if b := s.started.Load(); b != nil {
		return b.policies.Matrix()
	}
	return nil
}

// Conn returns a connection to the server inside the process, through the same interceptors as over the network. It may
// be used before Start; calls are then UNAVAILABLE. If the caller's context ends, the call still waits for a unary
// handler that ignores its context. As over the network, the caller then receives the error of the context.
func (s *Server) Conn() grpc.ClientConnInterface { return conn{s} }

type conn struct{ server *Server }

// Invoke implements [grpc.ClientConnInterface].
func (c conn) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	b := c.server.started.Load()
	if b == nil {
		return notStarted()
	}
	return b.calls.invoke(ctx, method, args, reply, opts)
}

// NewStream implements [grpc.ClientConnInterface].
func (c conn) NewStream(ctx context.Context, d *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	b := c.server.started.Load()
	if b == nil {
		return nil, notStarted()
	}
	stream, err := b.streams.NewStream(ctx, d, method, opts...)
	if err != nil || d.ClientStreams {
		return stream, err
	}
	return singleRequest{stream}, nil
}

// singleRequest is a stream on which the client sends once. As over the network, the client receives a refusal from
// RecvMsg; SendMsg does not return the io.EOF of the channel.
type singleRequest struct{ grpc.ClientStream }

// SendMsg implements [grpc.ClientStream].
func (s singleRequest) SendMsg(message any) error {
	if err := s.ClientStream.SendMsg(message); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

func notStarted() error {
	return fault.Status(fault.Unavailable("NOT_STARTED", time.Second, nil)).Err()
}
