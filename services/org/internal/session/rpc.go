package session

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/org/internal/account"
)

var _ orgv1.SessionServiceServer = (*server)(nil)

type server struct {
	orgv1.UnsafeSessionServiceServer
	kit      *resource.Kit
	sessions *resource.Store[*orgv1.Session]
	guard    account.Guard
}

// Room returns the room that stores sessions and serves SessionService. The room of accounts must be opened before.
func Room() resource.Room {
	return resource.RoomOf(kind(), func(_ context.Context, k *resource.Kit, sessions *resource.Store[*orgv1.Session]) error {
		orgv1.RegisterSessionServiceServer(k, &server{kit: k, sessions: sessions, guard: account.NewGuard(k)})
		return nil
	})
}

// GetSession returns NOT_FOUND for sessions that the caller may not read.
func (s *server) GetSession(ctx context.Context, r *orgv1.GetSessionRequest) (*orgv1.Session, error) {
	return s.sessions.Get(ctx, r)
}

// ListSessions can filter and order by the columns of kind.
func (s *server) ListSessions(ctx context.Context, r *orgv1.ListSessionsRequest) (*orgv1.ListSessionsResponse, error) {
	return resource.Page[*orgv1.ListSessionsResponse](ctx, s.sessions, r)
}

// EndSession applies the rule of End, for the owner and for callers that may manage the account.
func (s *server) EndSession(ctx context.Context, r *orgv1.EndSessionRequest) (*orgv1.Session, error) {
	return s.sessions.Mutate(ctx, r, func(m *orgv1.Session) error {
		End(m, r.GetReason(), s.kit.Clock())
		return s.guard.Check(ctx, Account(m.GetName()))
	})
}

// Account returns the account of a session by its name.
func Account(session string) string { return resource.Parent(session) }

// End ends a session. It does not change one that was ended.
func End(m *orgv1.Session, reason string, now time.Time) {
	if m.GetEndTime() == nil {
		m.EndTime, m.EndReason = timestamppb.New(now), reason
	}
}
