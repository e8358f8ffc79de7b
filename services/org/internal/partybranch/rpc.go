package partybranch

import (
	"context"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/resource"
)

var _ orgv1.PartyBranchServiceServer = (*server)(nil)

type server struct {
	orgv1.UnsafePartyBranchServiceServer
	store *resource.Store[*orgv1.PartyBranch]
}

// Room returns the room that stores party branches and serves PartyBranchService.
func Room() resource.Room {
	return resource.RoomOf(kind(), func(_ context.Context, k *resource.Kit, store *resource.Store[*orgv1.PartyBranch]) error {
		orgv1.RegisterPartyBranchServiceServer(k, &server{store: store})
		return nil
	})
}

// CreatePartyBranch creates a row that satisfies the rules of Validate.
func (s *server) CreatePartyBranch(ctx context.Context, r *orgv1.CreatePartyBranchRequest) (*orgv1.PartyBranch, error) {
	return s.store.Create(ctx, r, nil)
}

// BatchCreatePartyBranches creates all rows or none.
func (s *server) BatchCreatePartyBranches(ctx context.Context, r *orgv1.BatchCreatePartyBranchesRequest) (*orgv1.BatchCreatePartyBranchesResponse, error) {
	return resource.BatchCreate[*orgv1.BatchCreatePartyBranchesResponse](ctx, s.store, r, nil)
}

// GetPartyBranch returns NOT_FOUND for rows that the caller may not read.
func (s *server) GetPartyBranch(ctx context.Context, r *orgv1.GetPartyBranchRequest) (*orgv1.PartyBranch, error) {
	return s.store.Get(ctx, r)
}

// ListPartyBranches can filter and order by the columns of kind.
func (s *server) ListPartyBranches(ctx context.Context, r *orgv1.ListPartyBranchesRequest) (*orgv1.ListPartyBranchesResponse, error) {
	return resource.Page[*orgv1.ListPartyBranchesResponse](ctx, s.store, r)
}

// UpdatePartyBranch changes the fields that the mask names.
func (s *server) UpdatePartyBranch(ctx context.Context, r *orgv1.UpdatePartyBranchRequest) (*orgv1.PartyBranch, error) {
	return s.store.Update(ctx, r, nil)
}

// DissolvePartyBranch applies the transition that the proto declares.
func (s *server) DissolvePartyBranch(ctx context.Context, r *orgv1.DissolvePartyBranchRequest) (*orgv1.PartyBranch, error) {
	return s.store.Mutate(ctx, r, nil)
}

// ErasePartyBranchSecretary erases the secretary, the only personal field of a party branch.
func (s *server) ErasePartyBranchSecretary(ctx context.Context, r *orgv1.ErasePartyBranchSecretaryRequest) (*orgv1.PartyBranch, error) {
	return s.store.Erase(ctx, r)
}
