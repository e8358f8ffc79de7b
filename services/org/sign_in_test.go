package org_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/access/issuer"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/server"
	"github.com/wancun/wancun/platform/servertest"
	"github.com/wancun/wancun/services/org"
)

// desk is the service with an issuer, behind a server that refuses revoked tokens.
type desk struct {
	conn        grpc.ClientConnInterface
	clock       *servertest.Clock
	issuer      *issuer.Issuer
	revocations *access.Revocations
	signIn      orgv1.SignInServiceClient
	invitations orgv1.InvitationServiceClient
	accounts    orgv1.AccountServiceClient
	grants      orgv1.GrantServiceClient
	sessions    orgv1.SessionServiceClient
}

func openDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{clock: servertest.NewClock(time.Date(2019, 8, 20, 0, 0, 0, 0, time.UTC))}
	now := moving(d.clock)
	var err error
	if d.issuer, err = issuer.New(issuer.Config{
		URL: "https://issuer.test", Audience: "wancun", Keys: []ed25519.PrivateKey{ed25519.NewKeyFromSeed(make([]byte, 32))}, Clock: now, Random: rand.Reader,
	}); err != nil {
		t.Fatal(err)
	}
	verifier, err := d.issuer.Verifier()
	if err != nil {
		t.Fatal(err)
	}
	d.revocations = access.NewRevocations(now)
	s, err := server.New(server.Config{}, server.Deps{Verifier: d.revocations.Verifier(verifier), Logger: servertest.Logger(t), Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	deps := servertest.Deps(t, "org", servertest.Database(t))
	deps.Clock = now
	servertest.Open(t, org.Service(), deps, org.Peers{Divisions: hunan(), Tokens: d.issuer}).Register(s)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	d.conn = s.Conn()
	d.signIn, d.invitations = orgv1.NewSignInServiceClient(d.conn), orgv1.NewInvitationServiceClient(d.conn)
	d.accounts, d.grants = orgv1.NewAccountServiceClient(d.conn), orgv1.NewGrantServiceClient(d.conn)
	d.sessions = orgv1.NewSessionServiceClient(d.conn)
	d.learn(t)
	return d
}

// learn reads what was revoked, as every process does every two seconds.
func (d *desk) learn(t *testing.T) {
	t.Helper()
	if err := d.revocations.Refresh(t.Context(), access.RevocationsFrom(d.signIn.ReadRevocations)); err != nil {
		t.Fatal(err)
	}
}

func withToken(ctx context.Context, token string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
}

// as returns a context of a caller whose token is not of a session.
func (d *desk) as(t *testing.T, g *accessv1.Grant) context.Context {
	t.Helper()
	token, err := d.issuer.Mint("script", []*accessv1.Grant{g}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return withToken(t.Context(), token)
}

const password = "correct horse battery"

// invite invites a person to a role.
func (d *desk) invite(by context.Context, t *testing.T, i *orgv1.Invitation) *orgv1.Invitation {
	t.Helper()
	i.DisplayName = "示例人员"
	made, err := d.invitations.CreateInvitation(by, &orgv1.CreateInvitationRequest{InvitationId: uuid.NewString(), Invitation: i})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// join invites a clerk of the county, who accepts. It returns the secret of the session.
func (d *desk) join(t *testing.T, name string) *orgv1.SignInResponse {
	t.Helper()
	i := d.invite(d.as(t, &accessv1.Grant{Role: accessv1.Grant_ACCOUNT_ADMIN}), t, &orgv1.Invitation{Role: accessv1.Grant_COUNTY_CLERK, Area: "433124"})
	in, err := d.signIn.AcceptInvitation(t.Context(), &orgv1.AcceptInvitationRequest{Code: i.GetCode(), SignInName: name, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// signedIn exchanges a secret and returns a context with the token.
func (d *desk) signedIn(t *testing.T, secret string) (context.Context, error) {
	t.Helper()
	out, err := d.signIn.ExchangeSecret(t.Context(), &orgv1.ExchangeSecretRequest{Secret: secret})
	return withToken(t.Context(), out.GetToken()), err
}

func reason(t *testing.T, err error, code codes.Code, want string) {
	t.Helper()
	if f, ok := fault.From(err); !ok || f.Code() != code || f.Reason() != want {
		t.Errorf("error %v, want %s %s", err, code, want)
	}
}

func TestAnInvitedPersonSignsInAndInvitesTheNextOne(t *testing.T) {
	d := openDesk(t)
	in := d.join(t, "Li.Ming")
	clerk, err := d.signedIn(t, in.GetSecret())
	if err != nil {
		t.Fatal(err)
	}
	me, err := d.accounts.GetMe(clerk, &orgv1.GetMeRequest{Name: "me"})
	if err != nil || me.GetSignInName() != "li.ming" || me.GetDisplayName() != "示例人员" || len(me.GetGrants()) != 1 || me.GetSession() != in.GetSession() {
		t.Fatalf("GetMe = %v, %v", me, err)
	}
	d.invite(clerk, t, &orgv1.Invitation{Role: accessv1.Grant_VILLAGE_TEAM, Area: "433124101201"})
	_, err = d.grants.CreateGrant(clerk, &orgv1.CreateGrantRequest{
		Parent: me.GetAccount(), GrantId: uuid.NewString(), Grant: &orgv1.Grant{Role: accessv1.Grant_VILLAGE_TEAM, Area: "433124101201"},
	})
	reason(t, err, codes.PermissionDenied, "SELF_GRANT")
	again, err := d.signIn.SignIn(t.Context(), &orgv1.SignInRequest{SignInName: "LI.MING", Password: password})
	if err != nil || again.GetSession() == in.GetSession() {
		t.Errorf("SignIn = %v, %v", again, err)
	}
	for _, wrong := range []*orgv1.SignInRequest{
		{SignInName: "li.ming", Password: "another password"}, {SignInName: "no.such.name", Password: password}, {Password: password},
	} {
		_, err := d.signIn.SignIn(t.Context(), wrong)
		reason(t, err, codes.Unauthenticated, "SIGN_IN_REFUSED")
	}
}

func TestACodeWorksOnceWithin72HoursAndNotAfterItsWithdrawal(t *testing.T) {
	d := openDesk(t)
	admin := d.as(t, &accessv1.Grant{Role: accessv1.Grant_ACCOUNT_ADMIN})
	accept := func(code, name string) error {
		_, err := d.signIn.AcceptInvitation(t.Context(), &orgv1.AcceptInvitationRequest{Code: code, SignInName: name, Password: password})
		return err
	}
	used := d.invite(admin, t, &orgv1.Invitation{Role: accessv1.Grant_LEADER})
	if shown, err := d.signIn.ReadInvitation(t.Context(), &orgv1.ReadInvitationRequest{Code: used.GetCode()}); err != nil || shown.GetDisplayName() != "示例人员" {
		t.Errorf("ReadInvitation = %v, %v", shown, err)
	}
	if err := accept(used.GetCode(), "first"); err != nil {
		t.Fatal(err)
	}
	reason(t, accept(used.GetCode(), "second"), codes.Unauthenticated, "INVITATION_INVALID")
	withdrawn := d.invite(admin, t, &orgv1.Invitation{Role: accessv1.Grant_LEADER})
	if _, err := d.invitations.WithdrawInvitation(admin, &orgv1.WithdrawInvitationRequest{Name: withdrawn.GetName(), Reason: "误发"}); err != nil {
		t.Fatal(err)
	}
	reason(t, accept(withdrawn.GetCode(), "third"), codes.Unauthenticated, "INVITATION_INVALID")
	_, err := d.invitations.WithdrawInvitation(admin, &orgv1.WithdrawInvitationRequest{Name: used.GetName(), Reason: "误发"})
	reason(t, err, codes.FailedPrecondition, "INVITATION_ACCEPTED")
	late := d.invite(admin, t, &orgv1.Invitation{Role: accessv1.Grant_LEADER})
	if read, err := d.invitations.GetInvitation(admin, &orgv1.GetInvitationRequest{Name: late.GetName()}); err != nil || read.GetCode() != "" {
		t.Errorf("GetInvitation = %v, %v, want it without the code", read, err)
	}
	reason(t, accept(late.GetCode()[:20], "fourth"), codes.InvalidArgument, "INVITATION_MALFORMED")
	taken := d.invite(admin, t, &orgv1.Invitation{Role: accessv1.Grant_LEADER})
	refused(t, accept(taken.GetCode(), "FIRST"), codes.AlreadyExists, "sign_in_name")
	d.clock.Advance(72 * time.Hour)
	reason(t, accept(late.GetCode(), "fifth"), codes.Unauthenticated, "INVITATION_INVALID")
}

func TestAPasswordIsLongAndNotEasilyGuessed(t *testing.T) {
	d := openDesk(t)
	admin := d.as(t, &accessv1.Grant{Role: accessv1.Grant_ACCOUNT_ADMIN})
	code := d.invite(admin, t, &orgv1.Invitation{Role: accessv1.Grant_LEADER}).GetCode()
	for name, bad := range map[string]string{"short": "短密码九个字啊啊啊", "common": "Password123", "one letter": "kkkkkkkkkkkk", "with the name": "my-li.ming-pw"} {
		t.Run(name, func(t *testing.T) {
			_, err := d.signIn.AcceptInvitation(t.Context(), &orgv1.AcceptInvitationRequest{Code: code, SignInName: "li.ming", Password: bad})
			refused(t, err, codes.InvalidArgument, "password")
		})
	}
}

func TestWhatWasEndedEndsTheTokensThatWereIssuedBefore(t *testing.T) {
	for name, c := range map[string]struct {
		end    func(t *testing.T, d *desk, me *orgv1.Me) error
		comes  bool // whether the secret of the session still works
		grants int
	}{
		"the session": {func(t *testing.T, d *desk, me *orgv1.Me) error {
			_, err := d.sessions.EndSession(d.as(t, &accessv1.Grant{Role: accessv1.Grant_ACCOUNT_ADMIN}), &orgv1.EndSessionRequest{Name: me.GetSession(), Reason: "遗失"})
			return err
		}, false, 0},
		"the account": {func(t *testing.T, d *desk, me *orgv1.Me) error {
			_, err := d.accounts.DeactivateAccount(d.as(t, &accessv1.Grant{Role: accessv1.Grant_ACCOUNT_ADMIN}), &orgv1.DeactivateAccountRequest{Name: me.GetAccount(), Reason: "离职"})
			return err
		}, false, 0},
		"a grant": {func(t *testing.T, d *desk, me *orgv1.Me) error {
			admin := d.as(t, &accessv1.Grant{Role: accessv1.Grant_ACCOUNT_ADMIN})
			all, err := d.grants.ListGrants(admin, &orgv1.ListGrantsRequest{Parent: me.GetAccount()})
			if err != nil {
				return err
			}
			_, err = d.grants.EndGrant(admin, &orgv1.EndGrantRequest{Name: all.GetGrants()[0].GetName(), Reason: "调岗"})
			return err
		}, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := openDesk(t)
			in := d.join(t, "li.ming")
			d.learn(t)
			before, err := d.signedIn(t, in.GetSecret())
			if err != nil {
				t.Fatal(err)
			}
			me, err := d.accounts.GetMe(before, &orgv1.GetMeRequest{Name: "me"})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.end(t, d, me); err != nil {
				t.Fatal(err)
			}
			d.learn(t)
			_, err = d.accounts.GetMe(before, &orgv1.GetMeRequest{Name: "me"})
			reason(t, err, codes.Unauthenticated, "TOKEN_REVOKED")
			after, err := d.signedIn(t, in.GetSecret())
			if !c.comes {
				reason(t, err, codes.Unauthenticated, "SESSION_OVER")
				return
			}
			me, err = d.accounts.GetMe(after, &orgv1.GetMeRequest{Name: "me"})
			if err != nil || len(me.GetGrants()) != c.grants {
				t.Errorf("GetMe = %v, %v, want %d grants", me, err, c.grants)
			}
		})
	}
}

func TestASessionEndsWithoutUseAndByItsOwner(t *testing.T) {
	d := openDesk(t)
	in := d.join(t, "li.ming")
	d.clock.Advance(11 * time.Hour)
	if _, err := d.signedIn(t, in.GetSecret()); err != nil {
		t.Fatalf("a session in use: %v", err)
	}
	d.clock.Advance(13 * time.Hour)
	_, err := d.signedIn(t, in.GetSecret())
	reason(t, err, codes.Unauthenticated, "SESSION_OVER")
	second, err := d.signIn.SignIn(t.Context(), &orgv1.SignInRequest{SignInName: "li.ming", Password: password, Address: "192.0.2.7", UserAgent: "browser"})
	if err != nil {
		t.Fatal(err)
	}
	own, err := d.signedIn(t, second.GetSecret())
	if err != nil {
		t.Fatal(err)
	}
	account := strings.Join(strings.Split(second.GetSession(), "/")[:2], "/")
	d.learn(t)
	list, err := d.sessions.ListSessions(own, &orgv1.ListSessionsRequest{Parent: account, OrderBy: "create_time"})
	if err != nil || len(list.GetSessions()) != 2 || list.GetSessions()[1].GetAddress() != "192.0.2.7" {
		t.Fatalf("ListSessions = %v, %v", list, err)
	}
	if _, err := d.signIn.SignOut(t.Context(), &orgv1.SignOutRequest{Secret: second.GetSecret()}); err != nil {
		t.Fatal(err)
	}
	_, err = d.signedIn(t, second.GetSecret())
	reason(t, err, codes.Unauthenticated, "SESSION_OVER")
	_, err = d.signedIn(t, second.GetSecret()[:30])
	reason(t, err, codes.Unauthenticated, "SESSION_OVER")
}

func TestGuessesAreSlowedAndTheOwnerGetsItsTurn(t *testing.T) {
	d := openDesk(t)
	d.join(t, "li.ming")
	guess := func(p string) error {
		_, err := d.signIn.SignIn(t.Context(), &orgv1.SignInRequest{SignInName: "li.ming", Password: p, Address: "192.0.2.7"})
		return err
	}
	for range 10 {
		reason(t, guess("another password"), codes.Unauthenticated, "SIGN_IN_REFUSED")
	}
	err := guess(password)
	reason(t, err, codes.ResourceExhausted, "TOO_MANY_ATTEMPTS")
	if f, _ := fault.From(err); f.RetryAfter() <= 0 {
		t.Error("the refusal does not say how long to wait")
	}
	d.clock.Advance(31 * time.Second)
	if err := guess(password); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

func TestAHashThatWasCopiedToAnotherAccountFitsNoPassword(t *testing.T) {
	deps := servertest.Deps(t, "org", servertest.Database(t))
	conn := servertest.Start(t, servertest.Open(t, org.Service(), deps, org.Peers{Divisions: hunan()}).Register)
	invitations, signIn := orgv1.NewInvitationServiceClient(conn), orgv1.NewSignInServiceClient(conn)
	for name, chosen := range map[string]string{"attacker": password + " 1", "victim": password + " 2"} {
		i, err := invitations.CreateInvitation(accountAdmin(t), &orgv1.CreateInvitationRequest{
			InvitationId: uuid.NewString(), Invitation: &orgv1.Invitation{DisplayName: name, Role: accessv1.Grant_LEADER},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := signIn.AcceptInvitation(t.Context(), &orgv1.AcceptInvitationRequest{Code: i.GetCode(), SignInName: name, Password: chosen}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := signIn.SignIn(t.Context(), &orgv1.SignInRequest{SignInName: "victim", Password: password + " 2"}); err != nil {
		t.Fatal(err)
	}
	if err := deps.DB.Apply(t.Context(), []database.Statement{{
		SQL: `UPDATE passwords SET hash = (SELECT p.hash FROM passwords p JOIN accounts a ON a.name = p.account WHERE a.sign_in_name = 'attacker')`, Rows: 2,
	}}); err != nil {
		t.Fatal(err)
	}
	_, err := signIn.SignIn(t.Context(), &orgv1.SignInRequest{SignInName: "victim", Password: password + " 1"})
	reason(t, err, codes.Unauthenticated, "SIGN_IN_REFUSED")
}

// Inviters choose the ids of invitations, and an account has the id of its invitation. By the id of an account that has
// no sign-in name, such as that of a program, an inviter could otherwise set its password and use its roles.
func TestAnInvitationNeverTakesOverAnAccountThatItDidNotCreate(t *testing.T) {
	d := openDesk(t)
	admin := d.as(t, &accessv1.Grant{Role: accessv1.Grant_ACCOUNT_ADMIN})
	clerk := d.as(t, &accessv1.Grant{Role: accessv1.Grant_COUNTY_CLERK, Area: "433124"})
	id := uuid.NewString()
	if _, err := d.accounts.CreateAccount(admin, &orgv1.CreateAccountRequest{
		AccountId: id, Account: &orgv1.Account{DisplayName: "示例程序", Area: "433124", Power: orgv1.Account_OPERATION},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.grants.CreateGrant(admin, &orgv1.CreateGrantRequest{
		Parent: "accounts/" + id, GrantId: uuid.NewString(), Grant: &orgv1.Grant{Role: accessv1.Grant_PROVINCE_ADMIN},
	}); err != nil {
		t.Fatal(err)
	}
	i, err := d.invitations.CreateInvitation(clerk, &orgv1.CreateInvitationRequest{
		InvitationId: id, Invitation: &orgv1.Invitation{DisplayName: "示例人员", Role: accessv1.Grant_VILLAGE_TEAM, Area: "433124101201"},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.signIn.AcceptInvitation(t.Context(), &orgv1.AcceptInvitationRequest{Code: i.GetCode(), SignInName: "climber", Password: password})
	reason(t, err, codes.Unauthenticated, "INVITATION_INVALID")
	_, err = d.signIn.SignIn(t.Context(), &orgv1.SignInRequest{SignInName: "climber", Password: password})
	reason(t, err, codes.Unauthenticated, "SIGN_IN_REFUSED")
}
