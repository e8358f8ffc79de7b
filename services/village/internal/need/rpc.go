package need

import (
	"context"
	"time"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/resource"
)

var _ villagev1.NeedServiceServer = (*server)(nil)

type server struct {
	villagev1.UnsafeNeedServiceServer
	needs *resource.Store[*villagev1.Need]
}

// Room keeps the needs.
func Room() resource.Room {
	return resource.RoomOf(kind(), func(_ context.Context, k *resource.Kit, needs *resource.Store[*villagev1.Need]) error {
		villagev1.RegisterNeedServiceServer(k, &server{needs: needs})
		return nil
	})
}

// CreateNeed begins a need as Draft does.
func (s *server) CreateNeed(ctx context.Context, r *villagev1.CreateNeedRequest) (*villagev1.Need, error) {
	return s.needs.Create(ctx, r, resource.Each(begin))
}

// BatchCreateNeeds takes needs of any villages.
func (s *server) BatchCreateNeeds(ctx context.Context, r *villagev1.BatchCreateNeedsRequest) (*villagev1.BatchCreateNeedsResponse, error) {
	return resource.BatchCreate[*villagev1.BatchCreateNeedsResponse](ctx, s.needs, r, resource.Each(begin))
}

func begin(_ context.Context, n *villagev1.Need) error {
	Draft(n)
	return nil
}

// GetNeed finds only what lies in the caller's area.
func (s *server) GetNeed(ctx context.Context, r *villagev1.GetNeedRequest) (*villagev1.Need, error) {
	return s.needs.Get(ctx, r)
}

// ListNeeds filters and orders by the columns of kind.
func (s *server) ListNeeds(ctx context.Context, r *villagev1.ListNeedsRequest) (*villagev1.ListNeedsResponse, error) {
	return resource.Page[*villagev1.ListNeedsResponse](ctx, s.needs, r)
}

// UpdateNeed changes a need that Edit allows to change.
func (s *server) UpdateNeed(ctx context.Context, r *villagev1.UpdateNeedRequest) (*villagev1.Need, error) {
	return s.needs.Update(ctx, r, func(old, _ *villagev1.Need) error { return Edit(old) })
}

// SubmitNeed changes the state by the rule of Submit.
func (s *server) SubmitNeed(ctx context.Context, r *villagev1.SubmitNeedRequest) (*villagev1.Need, error) {
	return s.needs.Mutate(ctx, r, Submit)
}

// VerifyNeed answers for the county by the rule of Verify.
func (s *server) VerifyNeed(ctx context.Context, r *villagev1.VerifyNeedRequest) (*villagev1.Need, error) {
	return s.needs.Answer(ctx, r, func(n *villagev1.Need, _ time.Time) error { return Verify(n, access.From(ctx)) })
}

// ReturnNeed answers for the county by the rule of Return. The journal keeps the reason of each return.
func (s *server) ReturnNeed(ctx context.Context, r *villagev1.ReturnNeedRequest) (*villagev1.Need, error) {
	return s.needs.Answer(ctx, r, func(n *villagev1.Need, _ time.Time) error { return Return(n, r.GetReason()) })
}
