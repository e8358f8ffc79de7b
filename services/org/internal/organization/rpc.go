package organization

import (
	"context"
	"sync"

	"google.golang.org/grpc"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/org/internal/peers"
)

var _ orgv1.OrganizationServiceServer = (*server)(nil)

type server struct {
	orgv1.UnsafeOrganizationServiceServer
	organizations *resource.Store[*orgv1.Organization]
	peers         *peers.Peers
}

// Room returns the room that stores organizations and serves OrganizationService.
func Room(p *peers.Peers) resource.Room {
	return resource.RoomOf(kind(), func(_ context.Context, k *resource.Kit, organizations *resource.Store[*orgv1.Organization]) error {
		orgv1.RegisterOrganizationServiceServer(k, &server{organizations: organizations, peers: p})
		return nil
	})
}

// CreateOrganization applies the rule of register.
func (s *server) CreateOrganization(ctx context.Context, r *orgv1.CreateOrganizationRequest) (*orgv1.Organization, error) {
	return s.organizations.Create(ctx, r, resource.Together(s.register))
}

// BatchCreateOrganizations applies the rule of register to each row.
func (s *server) BatchCreateOrganizations(ctx context.Context, r *orgv1.BatchCreateOrganizationsRequest) (*orgv1.BatchCreateOrganizationsResponse, error) {
	return resource.BatchCreate[*orgv1.BatchCreateOrganizationsResponse](ctx, s.organizations, r, resource.Together(s.register))
}

// ImportOrganizations applies the rule of register to each row.
func (s *server) ImportOrganizations(
	stream grpc.BidiStreamingServer[orgv1.ImportOrganizationsRequest, orgv1.ImportOrganizationsResponse],
) error {
	return resource.Import(s.organizations, stream, resource.Together(s.register))
}

// register returns the rule for new organizations. The rule checks each organization by itself first. Then one lookup
// reads the divisions of all of them; a repeated request needs no lookup.
func (s *server) register(ctx context.Context, added []*orgv1.Organization) (func(*orgv1.Organization) error, error) {
	standings := sync.OnceValues(func() (map[string]peers.Standing, error) {
		divisions := make([]string, 0, len(added))
		for _, o := range added {
			divisions = append(divisions, registrants(o)...)
		}
		return s.peers.Divisions(ctx, divisions...)
	})
	return func(o *orgv1.Organization) error {
		if err := checkOverrides(nil, o, access.From(ctx)); err != nil {
			return err
		}
		if err := Validate(o); err != nil {
			return err
		}
		found, err := standings()
		if err != nil {
			return err
		}
		return Place(o, found)
	}, nil
}

// GetOrganization returns the same to all callers, except for the contact.
func (s *server) GetOrganization(ctx context.Context, r *orgv1.GetOrganizationRequest) (*orgv1.Organization, error) {
	return s.organizations.Get(ctx, r)
}

// BatchGetOrganizations is called by the action service. It returns what GetOrganization returns.
func (s *server) BatchGetOrganizations(ctx context.Context, r *orgv1.BatchGetOrganizationsRequest) (*orgv1.BatchGetOrganizationsResponse, error) {
	return resource.BatchGet[*orgv1.BatchGetOrganizationsResponse](ctx, s.organizations, r)
}

// ListOrganizations can filter and order by the columns of kind.
func (s *server) ListOrganizations(ctx context.Context, r *orgv1.ListOrganizationsRequest) (*orgv1.ListOrganizationsResponse, error) {
	return resource.Page[*orgv1.ListOrganizationsResponse](ctx, s.organizations, r)
}

// UpdateOrganization looks up the division only if it changes, so that an organization keeps a division that was
// retired after it was set.
func (s *server) UpdateOrganization(ctx context.Context, r *orgv1.UpdateOrganizationRequest) (*orgv1.Organization, error) {
	return s.organizations.Update(ctx, r, func(old, updated *orgv1.Organization) error {
		if err := checkOverrides(old, updated, access.From(ctx)); err != nil || old.GetDivision() == updated.GetDivision() {
			return err
		}
		found, err := s.peers.Divisions(ctx, registrants(updated)...)
		if err != nil {
			return err
		}
		return Place(updated, found)
	})
}

// ApproveOrganization applies the transition that the proto declares. It returns NOT_FOUND for organizations outside
// the registrar's area.
func (s *server) ApproveOrganization(ctx context.Context, r *orgv1.ApproveOrganizationRequest) (*orgv1.Organization, error) {
	return s.organizations.Mutate(ctx, r, nil)
}

// EraseOrganizationContact erases the contact, the only personal field of an organization.
func (s *server) EraseOrganizationContact(ctx context.Context, r *orgv1.EraseOrganizationContactRequest) (*orgv1.Organization, error) {
	return s.organizations.Erase(ctx, r)
}
