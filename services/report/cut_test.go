package report

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/servertest"
)

// asked forwards calls to a journal that the test can replace, and signals each attempt to follow it.
type asked struct {
	journalv1.JournalServiceClient
	attempts chan struct{}

	mu  sync.Mutex
	now journalv1.JournalServiceClient
}

func (a *asked) exchange(c journalv1.JournalServiceClient) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now = c
}

func (a *asked) current() journalv1.JournalServiceClient {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.now
}

func (a *asked) GetCheckpoint(ctx context.Context, r *journalv1.GetCheckpointRequest, o ...grpc.CallOption) (*journalv1.Checkpoint, error) {
	select {
	case a.attempts <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return a.current().GetCheckpoint(ctx, r, o...)
}

func (a *asked) GetConsistencyProof(ctx context.Context, r *journalv1.GetConsistencyProofRequest, o ...grpc.CallOption) (*journalv1.ConsistencyProof, error) {
	return a.current().GetConsistencyProof(ctx, r, o...)
}

func (a *asked) Read(ctx context.Context, r *journalv1.ReadRequest, o ...grpc.CallOption) (grpc.ServerStreamingClient[journalv1.ReadResponse], error) {
	return a.current().Read(ctx, r, o...)
}

// logged is the output of a logger. again is closed when the log reports that the journal is followed again.
type logged struct {
	again chan struct{}

	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if bytes.Contains(p, []byte("is followed again")) {
		close(l.again)
	}
	return l.text.Write(p)
}

func (l *logged) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), text)
}

func TestAJournalThatWasCutIsSaidOnceAndNotFollowed(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStage(t, db)
		s.bulletin(t, s.actions.write(t, campaign(), operations(1, orgA, luxi, 1000), operations(2, orgA, luxi, 1)))
		for what, cut := range map[string]*peer{"shorter": newPeer(t, "action"), "as long, of other entries": newPeer(t, "action")} {
			t.Run(what, func(t *testing.T) {
				cut.write(t, campaign())
				if what != "shorter" {
					cut.write(t, operations(3, orgB, luxi, 5), operations(4, orgB, luxi, 5), operations(5, orgB, luxi, 5))
				}
				said := &logged{again: make(chan struct{})}
				journal := &asked{attempts: make(chan struct{}), now: cut.client}
				d := servertest.Deps(t, "report", s.db)
				d.Logger = slog.New(slog.NewTextHandler(said, nil))
				service := servertest.Open(t, Service(), d, Peers{Journals: map[string]journalv1.JournalServiceClient{
					"org": s.journals["org"], "village": s.journals["village"], "action": journal,
				}})
				for range 4 {
					<-journal.attempts
				}
				f, ok := fault.From(service.Ready(t.Context()))
				if !ok || f.Code() != codes.DataLoss || f.Reason() != "LOG_CUT" || f.Resource() != "logs/action" {
					t.Errorf("Ready = %v, want LOG_CUT", service.Ready(t.Context()))
				}
				if errs, all := said.count("level=ERROR"), said.count("level="); errs != 1 || all != 1 {
					t.Errorf("%d lines, %d errors after four attempts, want one:\n%s", all, errs, &said.text)
				}
				journal.exchange(s.actions.client)
				for mended := false; !mended; {
					select {
					case <-journal.attempts: // until an attempt finds the complete log
					case <-said.again:
						mended = true
					}
				}
				if err := service.Ready(t.Context()); err != nil {
					t.Errorf("Ready = %v once the journal is whole", err)
				}
			})
		}
	})
}
