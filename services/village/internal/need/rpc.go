package need

import (
	"context"

	"google.golang.org/grpc"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/resource"
)

var _ villagev1.NeedServiceServer = (*server)(nil)

type server struct {
	villagev1.UnsafeNeedServiceServer
	needs *resource.Store[*villagev1.Need]
}

// Room returns the room that stores needs and serves NeedService.
func Room() resource.Room {
	return resource.RoomOf(kind(), func(_ context.Context, k *resource.Kit, needs *resource.Store[*villagev1.Need]) error {
		villagev1.RegisterNeedServiceServer(k, &server{needs: needs})
		return nil
	})
}

// CreateNeed creates a need in its first state.
func (s *server) CreateNeed(ctx context.Context, r *villagev1.CreateNeedRequest) (*villagev1.Need, error) {
	return s.needs.Create(ctx, r, nil)
}

// BatchCreateNeeds creates needs of one or several villages.
func (s *server) BatchCreateNeeds(ctx context.Context, r *villagev1.BatchCreateNeedsRequest) (*villagev1.BatchCreateNeedsResponse, error) {
	return resource.BatchCreate[*villagev1.BatchCreateNeedsResponse](ctx, s.needs, r, nil)
}

// ImportNeeds creates needs of any villages from a stream.
func (s *server) ImportNeeds(stream grpc.BidiStreamingServer[villagev1.ImportNeedsRequest, villagev1.ImportNeedsResponse]) error {
	return resource.Import(s.needs, stream, nil)
}

// GetNeed returns NOT_FOUND for needs outside the caller's area.
func (s *server) GetNeed(ctx context.Context, r *villagev1.GetNeedRequest) (*villagev1.Need, error) {
	return s.needs.Get(ctx, r)
}

// ListNeeds can filter and order by the columns of kind.
func (s *server) ListNeeds(ctx context.Context, r *villagev1.ListNeedsRequest) (*villagev1.ListNeedsResponse, error) {
	return resource.Page[*villagev1.ListNeedsResponse](ctx, s.needs, r)
}

// UpdateNeed changes a need in the states that the proto allows.
func (s *server) UpdateNeed(ctx context.Context, r *villagev1.UpdateNeedRequest) (*villagev1.Need, error) {
	return s.needs.Update(ctx, r, nil)
}

// SubmitNeed applies the transition that the proto declares.
func (s *server) SubmitNeed(ctx context.Context, r *villagev1.SubmitNeedRequest) (*villagev1.Need, error) {
	return s.needs.Mutate(ctx, r, nil)
}

// VerifyNeed applies the transition that the proto declares.
func (s *server) VerifyNeed(ctx context.Context, r *villagev1.VerifyNeedRequest) (*villagev1.Need, error) {
	return s.needs.Mutate(ctx, r, nil)
}

// ReturnNeed applies the transition that the proto declares. The journal keeps the reason of each return.
func (s *server) ReturnNeed(ctx context.Context, r *villagev1.ReturnNeedRequest) (*villagev1.Need, error) {
	return s.needs.Mutate(ctx, r, nil)
}
