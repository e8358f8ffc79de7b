package invitation

import (
	"context"
	"strings"

	"google.golang.org/protobuf/proto"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/org/internal/secret"
)

var _ orgv1.InvitationServiceServer = (*server)(nil)

type server struct {
	orgv1.UnsafeInvitationServiceServer
	kit           *resource.Kit
	invitations   *resource.Store[*orgv1.Invitation]
	organizations *resource.Store[*orgv1.Organization]
	codes         secret.Sealer
}

// Codes returns the sealer of the codes.
func Codes(k *resource.Kit) secret.Sealer { return secret.New(k.PageKey, "invitation", 1) }

// Room returns the room that stores invitations and serves InvitationService. The room of organizations must be opened
// before.
func Room() resource.Room {
	return resource.RoomOf(kind(), func(_ context.Context, k *resource.Kit, invitations *resource.Store[*orgv1.Invitation]) error {
		organizations, err := resource.Opened[*orgv1.Organization](k)
		if err != nil {
			return err
		}
		orgv1.RegisterInvitationServiceServer(k, &server{kit: k, invitations: invitations, organizations: organizations, codes: Codes(k)})
		return nil
	})
}

// CreateInvitation applies the rule of Invite. The code is added to the answer only.
func (s *server) CreateInvitation(ctx context.Context, r *orgv1.CreateInvitationRequest) (*orgv1.Invitation, error) {
	made, err := s.invitations.Create(ctx, r, resource.Each(func(ctx context.Context, i *orgv1.Invitation) error {
		found, err := s.organizations.Peek(ctx, organizations(i)...)
		if err != nil {
			return err
		}
		return Invite(access.From(ctx), i, found[i.GetOrganization()], s.kit.Clock())
	}))
	if err != nil || r.GetValidateOnly() {
		return made, err
	}
	answer := proto.CloneOf(made)
	answer.Code, err = s.codes.Seal(strings.TrimPrefix(made.GetName(), "invitations/"))
	return answer, err
}

// organizations returns the organization of a role, none for most roles.
func organizations(i *orgv1.Invitation) []string {
	if i.GetOrganization() == "" {
		return nil
	}
	return []string{i.GetOrganization()}
}

// GetInvitation returns NOT_FOUND for invitations that the caller may not read.
func (s *server) GetInvitation(ctx context.Context, r *orgv1.GetInvitationRequest) (*orgv1.Invitation, error) {
	return s.invitations.Get(ctx, r)
}

// ListInvitations can filter and order by the columns of kind.
func (s *server) ListInvitations(ctx context.Context, r *orgv1.ListInvitationsRequest) (*orgv1.ListInvitationsResponse, error) {
	return resource.Page[*orgv1.ListInvitationsResponse](ctx, s.invitations, r)
}

// WithdrawInvitation applies the rule of Withdraw.
func (s *server) WithdrawInvitation(ctx context.Context, r *orgv1.WithdrawInvitationRequest) (*orgv1.Invitation, error) {
	return s.invitations.Mutate(ctx, r, func(i *orgv1.Invitation) error {
		return Withdraw(access.From(ctx), i, r.GetReason(), s.kit.Clock())
	})
}
