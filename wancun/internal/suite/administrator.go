package suite

import (
	"context"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access/issuer"
	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
)

const (
	// setup is the subject that invites the first administrator.
	setup = "setup"
	// setupTTL bounds the token with which the suite invites.
	setupTTL = time.Minute
)

// administrators invites the first person that may give roles everywhere. That person invites all others, among them
// the one who works with the data and the one who audits, because an account has one of the three powers.
type administrators struct {
	conn   grpc.ClientConnInterface
	issuer *issuer.Issuer
	now    func() time.Time
}

func setupGrants() []*accessv1.Grant {
	return []*accessv1.Grant{{Role: accessv1.Grant_ACCOUNT_ADMIN}}
}

// FirstAdministrator returns the code of a one-time link, with which a person becomes the first administrator. It returns
// "" if an account gives roles everywhere already.
func (s *Suite) FirstAdministrator(ctx context.Context, ttl time.Duration) (string, error) {
	exists, err := s.administrators.exist(ctx)
	if err != nil || exists {
		return "", err
	}
	return s.issuer.Invite(setup, setupGrants(), ttl)
}

// Redeem implements [gateway.SignIn]. It invites the first administrator.
func (a administrators) Redeem(ctx context.Context, code string) (string, error) {
	token, err := a.issuer.Redeem(code, setupTTL)
	if err != nil {
		return "", err
	}
	ctx = client.WithToken(ctx, token)
	exists, err := a.existFor(ctx)
	switch {
	case err != nil:
		return "", err
	case exists:
		return "", fault.Unauthenticated("CODE_INVALID", "the sign-in code is not valid any more")
	}
	invitations := orgv1.NewInvitationServiceClient(a.conn)
	if err := withdrawSetup(ctx, invitations); err != nil {
		return "", err
	}
	made, err := invitations.CreateInvitation(ctx, &orgv1.CreateInvitationRequest{
		InvitationId: uuid.NewString(),
		Invitation:   &orgv1.Invitation{DisplayName: "安全管理员 Account administrator", Role: accessv1.Grant_ACCOUNT_ADMIN},
	})
	if err != nil {
		return "", err
	}
	return "/invitations/" + made.GetCode(), nil
}

// withdrawSetup withdraws the invitations of earlier links, so that only one of them makes an administrator.
func withdrawSetup(ctx context.Context, invitations orgv1.InvitationServiceClient) error {
	for page := ""; ; {
		list, err := invitations.ListInvitations(ctx, &orgv1.ListInvitationsRequest{Filter: `invited_by = "` + setup + `"`, PageToken: page})
		if err != nil {
			return err
		}
		for _, i := range list.GetInvitations() {
			if i.GetAcceptTime() != nil || i.GetWithdrawTime() != nil {
				continue
			}
			if _, err := invitations.WithdrawInvitation(ctx, &orgv1.WithdrawInvitationRequest{
				Name: i.GetName(), Reason: "新的登录链接 A newer sign-in link",
			}); err != nil {
				return err
			}
		}
		if page = list.GetNextPageToken(); page == "" {
			return nil
		}
	}
}

// exist reports whether an account can give roles everywhere.
func (a administrators) exist(ctx context.Context) (bool, error) {
	token, err := a.issuer.Mint(setup, setupGrants(), setupTTL)
	if err != nil {
		return false, err
	}
	return a.existFor(client.WithToken(ctx, token))
}

// existFor is exist for a context with a token.
func (a administrators) existFor(ctx context.Context) (bool, error) {
	grants, accounts := orgv1.NewGrantServiceClient(a.conn), orgv1.NewAccountServiceClient(a.conn)
	today := day.Number(day.Today(a.now()).Date())
	for page := ""; ; {
		list, err := grants.ListGrants(ctx, &orgv1.ListGrantsRequest{
			Parent: "accounts/-", Filter: "role = ACCOUNT_ADMIN AND state = ACTIVE", PageToken: page,
		})
		if err != nil {
			return false, err
		}
		for _, g := range list.GetGrants() {
			if g.GetArea() != "" || g.GetValidFrom() != nil && today < day.Number(g.GetValidFrom()) || g.GetValidTo() != nil && today >= day.Number(g.GetValidTo()) {
				continue
			}
			found, err := accounts.GetAccount(ctx, &orgv1.GetAccountRequest{Name: resource.Parent(g.GetName())})
			if err != nil {
				return false, err
			}
			if found.GetState() == orgv1.Account_ACTIVE && found.GetSignInName() != "" {
				return true, nil
			}
		}
		if page = list.GetNextPageToken(); page == "" {
			return false, nil
		}
	}
}
