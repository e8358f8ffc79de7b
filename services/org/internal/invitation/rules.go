package invitation

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/services/org/internal/rank"
)

// Life is how long a code works.
const Life = 72 * time.Hour

// Invite decides whether the caller may invite a person, and completes the invitation. organization is that of the role,
// nil if it is not in the register.
func Invite(by access.Principal, i *orgv1.Invitation, organization *orgv1.Organization, now time.Time) error {
	if i.GetDisplayName() == "" {
		return fault.Invalid("display_name", "NAME_NEEDED", "must not be empty")
	}
	if err := rank.Check(i); err != nil {
		return err
	}
	if i.GetOrganization() != "" && organization == nil {
		return fault.Precondition(i.GetOrganization(), "ORGANIZATION_UNKNOWN", "%s is not in the register", i.GetOrganization()).At("organization")
	}
	i.Home = i.GetArea()
	if i.GetRole() == accessv1.Grant_ORGANIZATION_MANAGER {
		i.Home = access.AreaOf(organization.GetDivision())
	}
	i.InvitedBy, i.ExpireTime = by.Subject, timestamppb.New(now.Add(Life))
	return rank.MayGive(by, i, i.GetHome())
}

// Open returns nil if the code of an invitation still works.
func Open(i *orgv1.Invitation, now time.Time) error {
	if i == nil || i.GetAcceptTime() != nil || i.GetWithdrawTime() != nil || !now.Before(i.GetExpireTime().AsTime()) {
		return Useless()
	}
	return nil
}

// Useless is the error for every code that does not work, so that a guess shows nothing about codes.
func Useless() error {
	return fault.Unauthenticated("INVITATION_INVALID", "the invitation was used, withdrawn or has expired")
}

// Withdraw makes the code useless.
func Withdraw(by access.Principal, i *orgv1.Invitation, reason string, now time.Time) error {
	switch {
	case i.GetAcceptTime() != nil:
		return fault.Precondition(i.GetName(), "INVITATION_ACCEPTED", "the person has accepted the invitation; end the grants of the account instead")
	case i.GetWithdrawTime() != nil:
		return fault.Precondition(i.GetName(), "INVITATION_WITHDRAWN", "the invitation was withdrawn before")
	}
	i.WithdrawTime, i.WithdrawReason = timestamppb.New(now), reason
	return rank.MayGive(by, i, i.GetHome())
}
