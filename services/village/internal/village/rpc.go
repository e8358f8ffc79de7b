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

// New opens the store of villages and returns the handlers. Other rooms may ask the store which villages there are.
func New(ctx context.Context, k *resource.Kit, divisions *resource.Store[*villagev1.Division]) (villagev1.VillageServiceServer, *resource.Store[*villagev1.Village], error) {
	villages, err := resource.NewStore(ctx, k, kind())
	if err != nil {
		return nil, nil, err
	}
	return &server{villages: villages, divisions: divisions}, villages, nil
}

// CreateVillage takes the name of the division if the village states none; TakeUp decides.
func (s *server) CreateVillage(ctx context.Context, r *villagev1.CreateVillageRequest) (*villagev1.Village, error) {
	items, check, err := s.items(ctx, r)
	if err != nil {
		return nil, err
	}
	return s.villages.Create(ctx, r, items[0].Name, items[0].Message, check)
}

// BatchCreateVillages looks up the divisions of a whole sheet at once.
func (s *server) BatchCreateVillages(ctx context.Context, r *villagev1.BatchCreateVillagesRequest) (*villagev1.BatchCreateVillagesResponse, error) {
	items, check, err := s.items(ctx, r.GetRequests()...)
	if err != nil {
		return nil, err
	}
	b, err := s.villages.BatchCreate(ctx, r, items, check)
	if err != nil {
		return nil, err
	}
	return &villagev1.BatchCreateVillagesResponse{Villages: b.Items, CreatedCount: b.Created, UnchangedCount: b.Unchanged}, nil
}

// items are the villages to take up, and the rule that each must pass.
func (s *server) items(ctx context.Context, requests ...*villagev1.CreateVillageRequest) ([]resource.Item[*villagev1.Village], func(*villagev1.Village) error, error) {
	names := make([]string, len(requests))
	for i, r := range requests {
		names[i] = division.NameOf(r.GetVillage().GetCode())
	}
	divisions, err := s.divisions.Peek(ctx, names...)
	if err != nil {
		return nil, nil, err
	}
	items := make([]resource.Item[*villagev1.Village], len(requests))
	for i, r := range requests {
		v := r.GetVillage()
		items[i] = resource.Item[*villagev1.Village]{Name: NameOf(v.GetCode()), Message: Named(v, divisions[names[i]])}
	}
	return items, func(v *villagev1.Village) error { return TakeUp(v, divisions[division.NameOf(v.GetCode())]) }, nil
}

// GetVillage finds only what lies in the caller's area.
func (s *server) GetVillage(ctx context.Context, r *villagev1.GetVillageRequest) (*villagev1.Village, error) {
	return s.villages.Get(ctx, r)
}

// BatchGetVillages finds only what lies in the caller's area.
func (s *server) BatchGetVillages(ctx context.Context, r *villagev1.BatchGetVillagesRequest) (*villagev1.BatchGetVillagesResponse, error) {
	found, err := s.villages.BatchGet(ctx, r)
	if err != nil {
		return nil, err
	}
	return &villagev1.BatchGetVillagesResponse{Villages: found}, nil
}

// ListVillages filters and orders by the columns of kind.
func (s *server) ListVillages(ctx context.Context, r *villagev1.ListVillagesRequest) (*villagev1.ListVillagesResponse, error) {
	villages, next, err := s.villages.List(ctx, r)
	if err != nil {
		return nil, err
	}
	return &villagev1.ListVillagesResponse{Villages: villages, NextPageToken: next}, nil
}
