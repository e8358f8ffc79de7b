package server_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/server"
	"github.com/wancun/wancun/platform/servertest"
)

// needs is a service whose answers the test defines.
type needs struct {
	villagev1.UnimplementedNeedServiceServer
	get    func(context.Context, *villagev1.GetNeedRequest) (*villagev1.Need, error)
	verify func(context.Context, *villagev1.VerifyNeedRequest) (*villagev1.Need, error)
}

func (n *needs) GetNeed(ctx context.Context, r *villagev1.GetNeedRequest) (*villagev1.Need, error) {
	return n.get(ctx, r)
}

func (n *needs) VerifyNeed(ctx context.Context, r *villagev1.VerifyNeedRequest) (*villagev1.Need, error) {
	return n.verify(ctx, r)
}

func (n *needs) register(r grpc.ServiceRegistrar) { villagev1.RegisterNeedServiceServer(r, n) }

// echo returns a service whose GetNeed answers with the requested name.
func echo() *needs {
	return &needs{get: func(_ context.Context, r *villagev1.GetNeedRequest) (*villagev1.Need, error) {
		return &villagev1.Need{Name: r.GetName()}, nil
	}}
}

// journal is a service whose streams the test defines.
type journal struct {
	journalv1.UnimplementedJournalServiceServer
	read func(*journalv1.ReadRequest, grpc.ServerStreamingServer[journalv1.ReadResponse]) error
}

func (j *journal) Read(r *journalv1.ReadRequest, s grpc.ServerStreamingServer[journalv1.ReadResponse]) error {
	return j.read(r, s)
}

func (j *journal) register(r grpc.ServiceRegistrar) { journalv1.RegisterJournalServiceServer(r, j) }

const (
	village = "villages/433124001201"
	aNeed   = village + "/needs/0192d0f0-0000-7000-8000-000000000001"
)

func asLeader(ctx context.Context) context.Context {
	return servertest.As(ctx, "u-leader", servertest.Grant(accessv1.Grant_LEADER))
}

func asClerk(ctx context.Context) context.Context {
	return servertest.As(ctx, "u-clerk", servertest.Grant(accessv1.Grant_COUNTY_CLERK, "433124"))
}

func asAuditor(ctx context.Context) context.Context {
	return servertest.As(ctx, "u-auditor", servertest.Grant(accessv1.Grant_AUDITOR))
}

// logBook collects the log.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBook) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(line)
}

func (b *logBook) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func newServer(t testing.TB, c server.Config, change func(*server.Deps), register ...func(grpc.ServiceRegistrar)) *server.Server {
	t.Helper()
	d := server.Deps{Verifier: servertest.Verifier(t), Logger: servertest.Logger(t), Clock: time.Now}
	if change != nil {
		change(&d)
	}
	s, err := server.New(c, d)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range register {
		r(s)
	}
	return s
}

func logTo(b *logBook) func(*server.Deps) {
	return func(d *server.Deps) { d.Logger = slog.New(slog.NewTextHandler(b, nil)) }
}

// listening serves on loopback until stop is called. stop returns when the server has ended.
func listening(t *testing.T, s *server.Server) (address string, stop func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	return l.Addr().String(), func() {
		t.Helper()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// running is a server on an in-memory listener, which also works in the virtual time of synctest.
type running struct {
	stop  context.CancelFunc
	ended chan error
	conn  *grpc.ClientConn
}

func run(t *testing.T, s *server.Server) *running {
	t.Helper()
	l := bufconn.Listen(1 << 20)
	ctx, stop := context.WithCancel(context.Background())
	r := &running{stop: stop, ended: make(chan error, 1)}
	go func() { r.ended <- s.Serve(ctx, l) }()
	var err error
	r.conn, err = grpc.NewClient("passthrough:///memory", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = r.conn.Close()
		stop()
	})
	return r
}

// bothWays runs the story in the process and over a socket.
func bothWays(t *testing.T, s *server.Server, story func(t *testing.T, conn grpc.ClientConnInterface)) {
	t.Helper()
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Run("in the process", func(t *testing.T) { story(t, s.Conn()) })
	conn := servertest.Dial(t, servertest.Serve(t, s))
	t.Run("over the network", func(t *testing.T) { story(t, conn) })
}
