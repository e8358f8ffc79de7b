package scope

import (
	"context"
	"maps"
	"slices"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
)

var _ villagev1.ScopeServiceServer = (*server)(nil)

type server struct {
	villagev1.UnsafeScopeServiceServer
	scopes   *resource.Store[*villagev1.Scope]
	villages *resource.Store[*villagev1.Village]
}

// Room returns the room that stores scopes and serves ScopeService.
func Room() resource.Room {
	return resource.RoomOf(kind(), func(_ context.Context, k *resource.Kit, scopes *resource.Store[*villagev1.Scope]) error {
		villages, err := resource.Opened[*villagev1.Village](k)
		if err != nil {
			return err
		}
		villagev1.RegisterScopeServiceServer(k, &server{scopes: scopes, villages: villages})
		return nil
	})
}

// CreateScope looks up every village of the scope.
func (s *server) CreateScope(ctx context.Context, r *villagev1.CreateScopeRequest) (*villagev1.Scope, error) {
	return s.scopes.Create(ctx, r, resource.Each(func(ctx context.Context, made *villagev1.Scope) error {
		return s.known(ctx, nil, made)
	}))
}

// UpdateScope applies Grow to the memberships and looks up the added villages.
func (s *server) UpdateScope(ctx context.Context, r *villagev1.UpdateScopeRequest) (*villagev1.Scope, error) {
	return s.scopes.Update(ctx, r, func(old, updated *villagev1.Scope) error {
		if err := Grow(old, updated); err != nil {
			return err
		}
		return s.known(ctx, old, updated)
	})
}

// known refuses added villages that were never taken up or that lie outside the caller's area.
func (s *server) known(ctx context.Context, old, updated *villagev1.Scope) error {
	rows := joining(old, updated)
	villages, err := s.villages.Peek(ctx, slices.Collect(maps.Keys(rows))...)
	if err != nil {
		return err
	}
	by := access.From(ctx)
	var wrong fault.Collector
	for _, village := range slices.Sorted(maps.Keys(rows)) {
		if villages[village] == nil || !by.Covers(village, "") {
			wrong.Row("members", rows[village]).In("village").Take(
				fault.Precondition(village, "VILLAGE_UNKNOWN", "%s has not been taken up", village))
		}
	}
	return wrong.Err()
}

// GetScope serves all callers. The action service calls it.
func (s *server) GetScope(ctx context.Context, r *villagev1.GetScopeRequest) (*villagev1.Scope, error) {
	return s.scopes.Get(ctx, r)
}

// ListScopes serves all callers.
func (s *server) ListScopes(ctx context.Context, r *villagev1.ListScopesRequest) (*villagev1.ListScopesResponse, error) {
	return resource.Page[*villagev1.ListScopesResponse](ctx, s.scopes, r)
}
