package grant

import (
	"context"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/org/internal/rank"
)

var _ orgv1.GrantServiceServer = (*server)(nil)

type server struct {
	orgv1.UnsafeGrantServiceServer
	grants        *resource.Store[*orgv1.Grant]
	accounts      *resource.Store[*orgv1.Account]
	organizations *resource.Store[*orgv1.Organization]
}

// Room returns the room that stores grants and serves GrantService. The rooms of organizations and of accounts must be
// opened before.
func Room() resource.Room {
	return resource.RoomOf(kind(), func(_ context.Context, k *resource.Kit, grants *resource.Store[*orgv1.Grant]) error {
		organizations, err := resource.Opened[*orgv1.Organization](k)
		if err != nil {
			return err
		}
		accounts, err := resource.Opened[*orgv1.Account](k)
		if err != nil {
			return err
		}
		orgv1.RegisterGrantServiceServer(k, &server{grants: grants, accounts: accounts, organizations: organizations})
		return nil
	})
}

// CreateGrant applies the rule of Give.
func (s *server) CreateGrant(ctx context.Context, r *orgv1.CreateGrantRequest) (*orgv1.Grant, error) {
	return s.grants.Create(ctx, r, resource.Each(func(ctx context.Context, g *orgv1.Grant) error {
		name := resource.Parent(g.GetName())
		found, err := s.accounts.Peek(ctx, name)
		if err != nil {
			return err
		}
		organization, err := s.organization(ctx, g)
		if err != nil {
			return err
		}
		by := access.From(ctx)
		g.GrantedBy = by.Subject
		return Give(by, g, found[name], organization)
	}))
}

// GetGrant returns NOT_FOUND for grants that the caller may not read.
func (s *server) GetGrant(ctx context.Context, r *orgv1.GetGrantRequest) (*orgv1.Grant, error) {
	return s.grants.Get(ctx, r)
}

// ListGrants can filter and order by the columns of kind.
func (s *server) ListGrants(ctx context.Context, r *orgv1.ListGrantsRequest) (*orgv1.ListGrantsResponse, error) {
	return resource.Page[*orgv1.ListGrantsResponse](ctx, s.grants, r)
}

// EndGrant applies the transition that the proto declares, for a caller that may give the role.
func (s *server) EndGrant(ctx context.Context, r *orgv1.EndGrantRequest) (*orgv1.Grant, error) {
	return s.grants.Mutate(ctx, r, func(g *orgv1.Grant) error {
		organization, err := s.organization(ctx, g)
		if err != nil {
			return err
		}
		return rank.MayGive(access.From(ctx), g, access.AreaOf(organization.GetDivision()))
	})
}

// organization returns the organization of a role, nil if it has none or the organization is not in the register.
func (s *server) organization(ctx context.Context, g *orgv1.Grant) (*orgv1.Organization, error) {
	if g.GetOrganization() == "" {
		return nil, nil //nolint:nilnil // most roles have no organization
	}
	found, err := s.organizations.Peek(ctx, g.GetOrganization())
	return found[g.GetOrganization()], err
}
