package follow

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/fault"
)

// journal serves entries 1 to size and ends every stream after a few messages, so that the reader must reconnect.
type journal struct {
	journalv1.UnimplementedJournalServiceServer
	size int64
	end  error // the error that ends every stream; nil alternates between two endings

	mu    sync.Mutex
	reads int
}

func (j *journal) Read(r *journalv1.ReadRequest, to grpc.ServerStreamingServer[journalv1.ReadResponse]) error {
	j.mu.Lock()
	j.reads++
	reads := j.reads
	j.mu.Unlock()
	if err := to.Send(&journalv1.ReadResponse{}); err != nil { // nothing to send yet
		return err
	}
	for n := range int64(3) {
		p := r.GetAfter() + n + 1
		if p > j.size {
			<-to.Context().Done()
			return to.Context().Err()
		}
		if err := to.Send(&journalv1.ReadResponse{
			Entries:    []*journalv1.Entry{{Position: p}},
			Checkpoint: &journalv1.Checkpoint{Size: p},
		}); err != nil {
			return err
		}
	}
	if j.end != nil {
		return j.end
	}
	if reads%2 == 0 {
		return nil // the ending of a connection at its maximum age
	}
	return status.Error(codes.Unavailable, "the server goes away")
}

func serve(t *testing.T, j journalv1.JournalServiceServer, options ...grpc.ServerOption) journalv1.JournalServiceClient {
	t.Helper()
	listener := bufconn.Listen(1 << 16)
	server := grpc.NewServer(options...)
	journalv1.RegisterJournalServiceServer(server, j)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:///journal", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return journalv1.NewJournalServiceClient(conn)
}

// sink stores positions, sometimes fails before it stores anything, and ends the test's run at its goal.
type sink struct {
	goal   int64
	finish context.CancelFunc

	mu         sync.Mutex
	positions  []int64
	checkpoint int64
	calls      int
}

func (s *sink) Position(context.Context, string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int64(len(s.positions)), nil
}

func (s *sink) Checkpoint(context.Context, string) (string, error) { return "", nil }

func (s *sink) Apply(_ context.Context, _ string, entries []*journalv1.Entry, checkpoint *journalv1.Checkpoint) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.calls%3 == 0 {
		return errors.New("the database is away")
	}
	for _, e := range entries {
		s.positions = append(s.positions, e.GetPosition())
	}
	s.checkpoint = checkpoint.GetSize()
	if int64(len(s.positions)) >= s.goal {
		s.finish()
	}
	return nil
}

func TestEveryEntryArrivesOnceAndInOrderWhateverBreaks(t *testing.T) {
	ctx, finish := context.WithCancel(t.Context())
	s := &sink{goal: 10, finish: finish}
	Follower{Log: "action", Journal: serve(t, &journal{size: 10}), Sink: s, Logger: slog.New(slog.DiscardHandler)}.Run(ctx)
	if want := []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}; !slices.Equal(s.positions, want) {
		t.Errorf("positions = %v, want %v", s.positions, want)
	}
	if s.checkpoint != 10 {
		t.Errorf("checkpoint covers %d entries, want 10", s.checkpoint)
	}
}

func TestAServersStopIsNoInterruption(t *testing.T) {
	for name, c := range map[string]struct {
		end   error
		heard bool
	}{
		"a server that stops":                 {fault.Status(fault.Unavailable("DRAINING", time.Second, nil)).Err(), false},
		"a token that ends during the stream": {fault.Status(fault.Unauthenticated("TOKEN_EXPIRED", "the token expired during the call")).Err(), false},
		"a server that fails":                 {fault.Status(fault.Unavailable("DATABASE_UNAVAILABLE", time.Second, nil)).Err(), true},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, finish := context.WithCancel(t.Context())
			s := &sink{goal: 4, finish: finish}
			var log strings.Builder
			Follower{Log: "action", Journal: serve(t, &journal{size: 4, end: c.end}), Sink: s, Logger: slog.New(slog.NewTextHandler(&log, nil))}.Run(ctx)
			if !slices.Equal(s.positions, []int64{1, 2, 3, 4}) || strings.Contains(log.String(), "read journal") != c.heard {
				t.Errorf("positions %v, log:\n%s", s.positions, &log)
			}
		})
	}
}

// expired is a journal that refuses every stream with TOKEN_EXPIRED.
type expired struct {
	journalv1.UnimplementedJournalServiceServer
	refused context.CancelFunc // called with the second stream
	reads   int
}

func (e *expired) Read(*journalv1.ReadRequest, grpc.ServerStreamingServer[journalv1.ReadResponse]) error {
	if e.reads++; e.reads == 2 {
		e.refused()
	}
	return fault.Status(fault.Unauthenticated("TOKEN_EXPIRED", "the token has expired")).Err()
}

func TestATokenThatWasNotRenewedIsHeardOf(t *testing.T) {
	ctx, finish := context.WithCancel(t.Context())
	var log strings.Builder
	logger := slog.New(slog.NewTextHandler(&log, nil))
	Follower{Log: "action", Journal: serve(t, &expired{refused: finish}), Sink: &sink{}, Logger: logger}.Run(ctx)
	if !strings.Contains(log.String(), "code=Unauthenticated") {
		t.Errorf("log:\n%s", &log)
	}
}

// patient sends one entry per stream and then keeps the stream open.
type patient struct {
	journalv1.UnimplementedJournalServiceServer
}

func (patient) Read(r *journalv1.ReadRequest, to grpc.ServerStreamingServer[journalv1.ReadResponse]) error {
	p := r.GetAfter() + 1
	if err := to.Send(&journalv1.ReadResponse{
		Entries: []*journalv1.Entry{{Position: p}}, Checkpoint: &journalv1.Checkpoint{Size: p},
	}); err != nil {
		return err
	}
	<-to.Context().Done()
	return to.Context().Err()
}

func TestAConnectionThatHasReachedItsAgeIsNoInterruption(t *testing.T) {
	ctx, finish := context.WithCancel(t.Context())
	s := &sink{goal: 2, finish: finish}
	var log strings.Builder
	age := grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionAge: 10 * time.Millisecond, MaxConnectionAgeGrace: 10 * time.Millisecond})
	Follower{Log: "action", Journal: serve(t, patient{}, age), Sink: s, Logger: slog.New(slog.NewTextHandler(&log, nil))}.Run(ctx)
	if !slices.Equal(s.positions, []int64{1, 2}) || log.Len() > 0 {
		t.Errorf("positions %v, log:\n%s", s.positions, &log)
	}
}

func TestABacklogIsGatheredIntoOneBatchWithItsLastCheckpoint(t *testing.T) {
	waiting := make(chan *journalv1.ReadResponse, 3)
	for p := int64(2); p <= 4; p++ {
		waiting <- &journalv1.ReadResponse{
			Entries: []*journalv1.Entry{{Position: p}}, Checkpoint: &journalv1.Checkpoint{Size: p},
		}
	}
	first := &journalv1.ReadResponse{
		Entries: []*journalv1.Entry{{Position: 1}}, Checkpoint: &journalv1.Checkpoint{Size: 1},
	}
	entries, checkpoint := gather(first, waiting)
	if len(entries) != 4 || checkpoint.GetSize() != 4 {
		t.Errorf("gather = %d entries under a checkpoint of %d, want 4 and 4", len(entries), checkpoint.GetSize())
	}
}
