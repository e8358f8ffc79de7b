package village

import (
	"context"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/village/internal/division"
)

var _ villagev1.VillageServiceServer = (*server)(nil)

type server struct {
	villagev1.UnsafeVillageServiceServer
	villages  *resource.Store[*villagev1.Village]
	divisions *resource.Store[*villagev1.Division]
}

// Room returns the room that stores villages and serves VillageService.
func Room() resource.Room {
	return resource.RoomOf(kind(), func(_ context.Context, k *resource.Kit, villages *resource.Store[*villagev1.Village]) error {
		divisions, err := resource.Opened[*villagev1.Division](k)
		if err != nil {
			return err
		}
		villagev1.RegisterVillageServiceServer(k, &server{villages: villages, divisions: divisions})
		return nil
	})
}

// CreateVillage uses the display name of the division if the request has none, and applies TakeUp.
func (s *server) CreateVillage(ctx context.Context, r *villagev1.CreateVillageRequest) (*villagev1.Village, error) {
	return s.villages.Create(ctx, r, resource.Together(s.takeUp))
}

// BatchCreateVillages looks up the divisions of all villages at once.
func (s *server) BatchCreateVillages(ctx context.Context, r *villagev1.BatchCreateVillagesRequest) (*villagev1.BatchCreateVillagesResponse, error) {
	return resource.BatchCreate[*villagev1.BatchCreateVillagesResponse](ctx, s.villages, r, resource.Together(s.takeUp))
}

func (s *server) takeUp(ctx context.Context, villages []*villagev1.Village) (func(*villagev1.Village) error, error) {
	names := make([]string, len(villages))
	for i, v := range villages {
		names[i] = division.NameOf(v.GetCode())
	}
	divisions, err := s.divisions.Peek(ctx, names...)
	if err != nil {
		return nil, err
	}
	for i, v := range villages {
		NameAs(v, divisions[names[i]])
	}
	return func(v *villagev1.Village) error { return TakeUp(v, divisions[division.NameOf(v.GetCode())]) }, nil
}

// GetVillage returns NOT_FOUND for villages outside the caller's area.
func (s *server) GetVillage(ctx context.Context, r *villagev1.GetVillageRequest) (*villagev1.Village, error) {
	return s.villages.Get(ctx, r)
}

// BatchGetVillages returns NOT_FOUND if one of the villages lies outside the caller's area.
func (s *server) BatchGetVillages(ctx context.Context, r *villagev1.BatchGetVillagesRequest) (*villagev1.BatchGetVillagesResponse, error) {
	return resource.BatchGet[*villagev1.BatchGetVillagesResponse](ctx, s.villages, r)
}

// ListVillages can filter and order by the columns of kind.
func (s *server) ListVillages(ctx context.Context, r *villagev1.ListVillagesRequest) (*villagev1.ListVillagesResponse, error) {
	return resource.Page[*villagev1.ListVillagesResponse](ctx, s.villages, r)
}
