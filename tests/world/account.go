package world

import (
	"context"
	"crypto/rand"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/tests/suite"
)

// staffID is the id of the account that Build creates.
func staffID() string { return ID("staff") }

// staff is the account of a member of the association's staff, so that every caller that manages accounts may manage it.
func staff() *orgv1.Account {
	return &orgv1.Account{
		DisplayName: "示例人员", Telephone: "000 0000 0000", Language: "zh-CN", Power: orgv1.Account_OPERATION,
		Area: County, Organization: "organizations/" + Association,
	}
}

func accountSample() Sample {
	changed := &orgv1.Account{DisplayName: "示例员工", Telephone: "000 0000 0001", Language: "en"}
	return Sample{
		Service: "AccountService",
		Create:  &orgv1.CreateAccountRequest{Account: staff()},
		Change:  changed,
		Filter:  "state = ACTIVE", OrderBy: "area",
		Others: map[string]proto.Message{"GetMe": &orgv1.GetMeRequest{Name: "me"}},
	}
}

// grantSample gives the account the role that every caller that manages accounts may give.
func grantSample() Sample {
	return Sample{
		Service: "GrantService",
		Create: &orgv1.CreateGrantRequest{
			Parent: "accounts/" + staffID(), Grant: &orgv1.Grant{
				Role: accessv1.Grant_ORGANIZATION_MANAGER, Area: Village, Organization: "organizations/" + Association,
				ValidFrom: Day(7, 1), ValidTo: Day(8, 1),
			},
		},
		Filter: "state = ACTIVE", OrderBy: "valid_to desc",
		ListParent: "accounts/-",
	}
}

// sessionID is the id of the session that Build begins, and memberID that of its account and of the invitation to it.
func sessionID() string { return ID("session") }

func memberID() string { return ID("member") }

// member invites a manager of the association.
func member() *orgv1.Invitation {
	return &orgv1.Invitation{
		DisplayName: "示例管理员", Telephone: "000 0000 0000", Role: accessv1.Grant_ORGANIZATION_MANAGER, Area: Village,
		Organization: "organizations/" + Association,
	}
}

func invitationSample() Sample {
	return Sample{
		Service: "InvitationService",
		Create:  &orgv1.CreateInvitationRequest{Invitation: member()},
		Filter:  `role = ORGANIZATION_MANAGER`, OrderBy: "expire_time desc",
	}
}

// sessionSample speaks of the one session that Build begins. It may be ended any number of times.
func sessionSample() Sample {
	return Sample{
		Service: "SessionService",
		Name:    fixed("accounts/" + memberID() + "/sessions/" + sessionID()),
		Filter:  `expire_time > "2019-12-20T08:00:00Z"`, OrderBy: "expire_time desc",
		ListParent: "accounts/-",
	}
}

// signIn invites a person, who accepts and signs in. A client of REST cannot: the pages of the gateway do it for browsers.
// It has no session to read.
func signIn(ctx context.Context, tb testing.TB, s *suite.Suite) {
	tb.Helper()
	invited, err := orgv1.NewInvitationServiceClient(s.Conn).CreateInvitation(ctx, &orgv1.CreateInvitationRequest{
		InvitationId: memberID(), Invitation: member(),
	})
	must(tb, "invite", err)
	desk, password := orgv1.NewSignInServiceClient(s.Conn), rand.Text()
	_, err = desk.AcceptInvitation(ctx, &orgv1.AcceptInvitationRequest{Code: invited.GetCode(), SignInName: "example", Password: password})
	if status.Code(err) == codes.Unimplemented {
		return
	}
	must(tb, "accept invitation", err)
	_, err = desk.SignIn(ctx, &orgv1.SignInRequest{SignInName: "example", Password: password, SessionId: sessionID(), Address: "192.0.2.7", UserAgent: "example"})
	must(tb, "sign in", err)
}
