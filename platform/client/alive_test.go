package client_test

import (
	"context"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/server"
)

// wall is a proxy. While it is frozen, it accepts data as the kernel of a stopped process does, but forwards nothing.
type wall struct {
	net.Listener
	to string

	mu     sync.Mutex
	thawed chan struct{} // closed while the wall is not frozen
}

func newWall(t *testing.T, to string) *wall {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wall{Listener: l, to: to, thawed: make(chan struct{})}
	close(w.thawed)
	t.Cleanup(func() { _ = l.Close(); w.freeze(false) })
	go w.serve()
	return w
}

func (w *wall) freeze(frozen bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.thawed:
		if frozen {
			w.thawed = make(chan struct{})
		}
	default:
		if !frozen {
			close(w.thawed)
		}
	}
}

func (w *wall) gate() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.thawed
}

func (w *wall) serve() {
	for {
		front, err := w.Accept()
		if err != nil {
			return
		}
		back, err := net.Dial("tcp", w.to)
		if err != nil {
			_ = front.Close()
			continue
		}
		go w.pass(front, back)
		go w.pass(back, front)
	}
}

func (w *wall) pass(from, to net.Conn) {
	defer from.Close() //nolint:errcheck // one side has ended
	defer to.Close()   //nolint:errcheck // the other need not go on
	some := make([]byte, 4<<10)
	for {
		n, err := from.Read(some)
		<-w.gate()
		if _, failed := to.Write(some[:n]); err != nil || failed != nil {
			return
		}
	}
}

// slow answers when the test lets it.
type slow struct {
	villagev1.UnimplementedNeedServiceServer

	asked, let chan struct{}
}

func (s *slow) GetNeed(ctx context.Context, _ *villagev1.GetNeedRequest) (*villagev1.Need, error) {
	select {
	case s.asked <- struct{}{}:
	default:
	}
	select {
	case <-s.let:
		return &villagev1.Need{}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func serveNeeds(t *testing.T, needs villagev1.NeedServiceServer) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer()
	says := health.NewServer()
	for _, name := range []string{server.Answering, server.Live} {
		says.SetServingStatus(name, grpc_health_v1.HealthCheckResponse_SERVING)
	}
	grpc_health_v1.RegisterHealthServer(s, says)
	villagev1.RegisterNeedServiceServer(s, needs)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(s.Stop)
	return l.Addr().String()
}

func TestAReplicaThatFallsSilentIsLeftUntilItAnswersAgain(t *testing.T) {
	frozen, other := &slow{asked: make(chan struct{}, 1), let: make(chan struct{})}, &replica{}
	before := newWall(t, serveNeeds(t, frozen))
	conn, err := client.Dial("list:///"+before.Addr().String()+","+serveNeeds(t, other), client.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // much longer than the test needs
	defer cancel()

	held := make(chan error, 1)
	for asked := false; !asked; { // until it has received a call
		go func() {
			_, err := villagev1.NewNeedServiceClient(conn).GetNeed(ctx, &villagev1.GetNeedRequest{Name: aNeed})
			select {
			case held <- err:
			default:
			}
		}()
		select {
		case <-frozen.asked:
			asked = true
		case err := <-held:
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	before.freeze(true)
	if err := <-held; err != nil {
		t.Errorf("the call that it held was not sent to the other one: %v", err)
	}
	for range 10 {
		if err := get(ctx, conn); err != nil {
			t.Errorf("a call while one is silent: %v", err)
		}
	}
	close(frozen.let)
	before.freeze(false)
	for answered := other.answered.Load(); ; answered = other.answered.Load() { // until it receives its share again
		if err := get(ctx, conn); err != nil {
			t.Fatalf("a call after it went on: %v", err)
		}
		if other.answered.Load() == answered {
			return
		}
		runtime.Gosched()
	}
}

func TestAServerThatIsSlowAndAnswersIsNotTakenForSilent(t *testing.T) {
	busy := &slow{asked: make(chan struct{}, 1), let: make(chan struct{})}
	conn, err := client.Dial("passthrough:///"+serveNeeds(t, busy), client.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second) // longer than an unresponsive replica is tolerated
	defer cancel()
	_, err = villagev1.NewNeedServiceClient(conn).GetNeed(ctx, &villagev1.GetNeedRequest{Name: aNeed})
	if status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("a call that takes its time ended with %v", err)
	}
}
