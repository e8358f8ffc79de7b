package report

import (
	"context"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/servertest"
)

// heldBack is a journal that sends its entries after released is closed, like a slow service. It serves other calls
// immediately.
type heldBack struct {
	journalv1.JournalServiceClient
	released chan struct{}
}

func (h heldBack) Read(ctx context.Context, r *journalv1.ReadRequest, o ...grpc.CallOption) (grpc.ServerStreamingClient[journalv1.ReadResponse], error) {
	select {
	case <-h.released:
		return h.JournalServiceClient.Read(ctx, r, o...)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func TestCallersWithATokenAreServedWhileAllThatMayWaitWithoutOneDo(t *testing.T) {
	s := newStage(t, servertest.Database(t))
	slow := heldBack{s.actions.client, make(chan struct{})}
	s.journals["action"] = slow
	s.db = servertest.Database(t)
	if err := Service().Migrate(t.Context(), s.db); err != nil {
		t.Fatal(err)
	}
	bulletins := reportv1.NewBulletinServiceClient(s.replica(t))
	at := s.actions.write(t, campaign())
	ask := func(ctx context.Context) error {
		_, err := bulletins.GetBulletin(ctx, &reportv1.GetBulletinRequest{Name: campaignName + "/bulletin", AtLeast: []string{at}})
		return err
	}

	const anonymous = 65
	waited := make(chan error, anonymous)
	for range anonymous {
		go func() { waited <- ask(t.Context()) }()
	}
	if err := <-waited; status.Code(err) != codes.ResourceExhausted { // all waiting places of callers without a token are taken
		t.Errorf("one of %d: %v, want RESOURCE_EXHAUSTED", anonymous, err)
	}
	clerk := servertest.As(t.Context(), "u-clerk", servertest.Grant(accessv1.Grant_COUNTY_CLERK, "433124"))
	brief, cancel := context.WithTimeout(clerk, 300*time.Millisecond)
	defer cancel()
	if err := ask(brief); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("a clerk: %v, want that the call waits until its deadline", err)
	}
	close(slow.released)
	if err := ask(clerk); err != nil {
		t.Errorf("a clerk, once the entry is applied: %v", err)
	}
	served := 0
	for range anonymous - 1 {
		if err := <-waited; err == nil {
			served++
		} else if status.Code(err) != codes.ResourceExhausted {
			t.Errorf("a caller without a token: %v", err)
		}
	}
	if served != 32 {
		t.Errorf("%d callers without a token were served, want the 32 that waited", served)
	}
}

func TestAPositionBeyondTheEndOfALogIsRefusedWhereverTheLogIs(t *testing.T) {
	s := newStage(t, servertest.Database(t))
	s.bulletin(t, s.actions.write(t, campaign()))
	for _, at := range []string{"logs/action:2", "logs/org:1", "logs/village:1000000000000", "logs/report:1"} {
		_, err := s.bulletins.GetBulletin(t.Context(), &reportv1.GetBulletinRequest{Name: campaignName + "/bulletin", AtLeast: []string{at}})
		wantCode(t, err, codes.OutOfRange, "BEYOND_LOG")
		_, err = s.bulletins.RenderBulletin(t.Context(), &reportv1.RenderBulletinRequest{Name: campaignName + "/bulletin", AtLeast: []string{at}})
		wantCode(t, err, codes.OutOfRange, "BEYOND_LOG")
	}
}
