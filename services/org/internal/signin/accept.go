package signin

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/org/internal/invitation"
	"github.com/wancun/wancun/services/org/internal/rank"
	"github.com/wancun/wancun/services/org/internal/secret"
)

// ReadInvitation counts codes that do not work as failed attempts of the address.
func (s *server) ReadInvitation(ctx context.Context, r *orgv1.ReadInvitationRequest) (*orgv1.ReadInvitationResponse, error) {
	i, err := s.invited(ctx, r.GetCode(), r.GetAddress())
	if err != nil {
		return nil, err
	}
	return &orgv1.ReadInvitationResponse{
		DisplayName: i.GetDisplayName(), ExpireTime: i.GetExpireTime(),
		Grant: &accessv1.Grant{Role: i.GetRole(), Area: i.GetArea(), Organization: access.OrganizationOf(i.GetOrganization())},
	}, nil
}

// invited returns the invitation of a code that works.
func (s *server) invited(ctx context.Context, code, address string) (*orgv1.Invitation, error) {
	ids, err := s.codes.Open(code)
	if errors.Is(err, secret.ErrMalformed) {
		return nil, fault.Invalid("code", "INVITATION_MALFORMED", "is not a whole invitation code, which has %d characters", s.codes.Length())
	}
	succeeded, limited := s.attempts.begin("", address)
	switch {
	case limited != nil:
		return nil, limited
	case err != nil:
		return nil, invitation.Useless()
	}
	name := "invitations/" + ids[0]
	found, err := s.invitations.Peek(ctx, name)
	if err != nil {
		return nil, err
	}
	if err := invitation.Open(found[name], s.kit.Clock()); err != nil {
		return nil, err
	}
	succeeded()
	return found[name], nil
}

// AcceptInvitation writes in steps, each of which may be repeated: the account, then the use of the invitation with the
// grant, then the password. Only the caller that used the invitation sets the password.
func (s *server) AcceptInvitation(ctx context.Context, r *orgv1.AcceptInvitationRequest) (*orgv1.SignInResponse, error) {
	i, err := s.invited(ctx, r.GetCode(), r.GetAddress())
	if err != nil {
		return nil, err
	}
	signInName := strings.ToLower(r.GetSignInName())
	if err := checkPassword(r.GetPassword(), signInName); err != nil {
		return nil, err
	}
	id := strings.TrimPrefix(i.GetName(), "invitations/")
	account := "accounts/" + id
	ctx = asOwner(ctx, account)
	if err := s.settle(ctx, r, account, i, signInName); err != nil {
		return nil, err
	}
	if err := s.use(ctx, r, account, id, i); err != nil {
		return nil, err
	}
	if err := s.passwords.set(ctx, account, r.GetPassword(), s.kit.Clock().UnixMicro()); err != nil {
		return nil, err
	}
	return s.begin(ctx, r, account, "")
}

// settle creates the account of an invitation, or completes the one of an attempt that was interrupted. Only settle sets
// sign-in names, and the id of an invitation is used once: an account of this id that has one is of this invitation, and
// one that has none was created otherwise.
func (s *server) settle(ctx context.Context, r *orgv1.AcceptInvitationRequest, account string, i *orgv1.Invitation, signInName string) error {
	complete := func(a *orgv1.Account) {
		a.SignInName, a.Language = signInName, r.GetLanguage()
		a.DisplayName, a.Telephone = cmp.Or(r.GetDisplayName(), i.GetDisplayName()), i.GetTelephone()
	}
	_, err := s.kit.InTx(ctx, unnamed{r}, func(t *resource.Tx) error {
		found, err := s.accounts.Peek(t.Context(), account)
		if err != nil {
			return err
		}
		if old := found[account]; old != nil && old.GetSignInName() == "" {
			return invitation.Useless()
		} else if old != nil {
			updated := proto.CloneOf(old)
			complete(updated)
			if !proto.Equal(old, updated) {
				_, err = s.accounts.SaveIn(t, old, updated)
			}
			return err
		}
		_, err = s.accounts.CreateIn(t, account, &orgv1.Account{
			Area: i.GetHome(), Organization: i.GetOrganization(), Power: rank.PowerOf(i.GetRole()),
		}, func(a *orgv1.Account) error {
			complete(a)
			return nil
		})
		return err
	})
	return err
}

// use makes the code useless and gives the account the role, together. Of several that use a code at once, one succeeds.
func (s *server) use(ctx context.Context, r *orgv1.AcceptInvitationRequest, account, id string, i *orgv1.Invitation) error {
	_, err := s.kit.InTx(ctx, unnamed{r}, func(t *resource.Tx) error {
		found, err := s.invitations.Peek(t.Context(), i.GetName())
		if err != nil {
			return err
		}
		if err := invitation.Open(found[i.GetName()], t.Time()); err != nil {
			return err
		}
		used := proto.CloneOf(found[i.GetName()])
		used.AcceptTime, used.Account = timestamppb.New(t.Time()), account
		used.DisplayName, used.Telephone = "", "" // the account has them now
		if _, err := s.invitations.SaveIn(t, found[i.GetName()], used); err != nil {
			return err
		}
		_, err = s.grants.CreateIn(t, account+"/grants/"+id, &orgv1.Grant{
			Role: i.GetRole(), Area: i.GetArea(), Organization: i.GetOrganization(),
		}, func(g *orgv1.Grant) error {
			g.GrantedBy = i.GetInvitedBy()
			return nil
		})
		return err
	})
	return err
}
