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

// Config is what differs from one deployment to the next. The zero value serves.
type Config struct {
	// Timeout is the deadline of a unary call that came without one. 0 means 10 s.
	Timeout time.Duration
	// MaxCalls bounds the unary calls handled at once, and MaxStreams the open streams; what comes beyond is refused at
	// once with RESOURCE_EXHAUSTED, and so is what is more than one caller's share, which is half (see package limits).
	// 0 means 512 and 256; the least is 2.
	MaxCalls, MaxStreams int
	// DrainWait is how long a stopping server goes on to take new calls after it said NOT_SERVING. 0: not at all.
	DrainWait time.Duration
	// DrainLimit is how long the calls under way may then take to end. 0 means 20 s.
	DrainLimit time.Duration
	// Reflection answers any peer, without a token, which services and messages there are. It is the contract that
	// /openapi.json publishes too. Its streams are counted among those of callers without a token.
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

// Deps is what a server needs. Verifier, Logger and Clock are needed.
type Deps struct {
	// Verifier tells who a call's token speaks for.
	Verifier access.Verifier
	// Logger takes one record per call, with the call's context, from which its handler may read the trace.
	Logger *slog.Logger
	// Clock measures how long calls take.
	Clock func() time.Time
	// Tracer and Meter observe calls, over the network and in the process; nil disables them.
	Tracer trace.TracerProvider
	Meter  metric.MeterProvider
	// Watched is called with the first name in a peer's certificate and 1 when the peer begins to watch the server's health on
	// a connection, and with -1 when it ends, as clients that balance calls do; nil disables the callback.
	Watched func(ctx context.Context, peer string, change int64)
	// Ready says why calls cannot be answered as they should; the health service asks it once a second. Nil: they always can.
	Ready func(context.Context) error
	// Memory is the budget of the requests that come over the network; nil: one of the default size.
	Memory *limits.Memory
	// TLS is offered on the network; nil serves in clear, for loopback alone.
	TLS *tls.Config
}

// Server serves any number of services. It is safe for concurrent use once started.
type Server struct {
	config Config
	deps   Deps
	stats  stats.Handler // nil if nobody observes

	mu       sync.Mutex
	handlers grpchan.HandlerMap
	started  atomic.Pointer[started]

	draining context.Context // ends when streams without a deadline must
	drain    context.CancelCauseFunc
}

// started is what the boot made; from then on nothing changes.
type started struct {
	policies *access.Policies
	before   []grpc.UnaryServerInterceptor
	shapes   map[protoreflect.FullName]*limits.Shape // of the requests
	unary    grpc.UnaryServerInterceptor
	stream   grpc.StreamServerInterceptor
	calls    *unaryCalls         // in the process
	streams  *inprocgrpc.Channel // in the process
}

var _ grpc.ServiceRegistrar = (*Server)(nil)

// New checks what the server needs. It neither listens nor serves.
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

// RegisterService adds a service. Like that of a gRPC server it is called before the start, by the generated
// RegisterXServer functions, and a service registered twice or too late is a mistake in the program that stops it.
func (s *Server) RegisterService(d *grpc.ServiceDesc, handler any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started.Load() != nil {
		panic(fmt.Sprintf("server: service %s is registered after the start", d.ServiceName)) //nolint:forbidigo // as grpc.Server does; there is no error to return
	}
	s.handlers.RegisterService(s.entered(d), handler)
}

// Start compiles the policies and constraints of all registered services and opens the in-process connection. An error
// names every method and message at fault, and nothing is served then. Starting again answers the same.
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

// Matrix says who may call what. It is empty before the start.
func (s *Server) Matrix() []access.Rule {
	if b := s.started.Load(); b != nil {
		return b.policies.Matrix()
	}
	return nil
}

// Conn reaches the server inside the process, through the same interceptors as over the network. It may be handed out
// before the start; calls are UNAVAILABLE until then. A caller whose context ends waits for a unary handler that is deaf to
// it; what that says is then lost, as over the network.
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

// singleRequest is a stream on which the client sends once. As over the network, it learns that the server refused it
// already by receiving, not by the end of file that the channel gives to what it sends.
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
