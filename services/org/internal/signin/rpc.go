package signin

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/access/issuer"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/org/internal/invitation"
	"github.com/wancun/wancun/services/org/internal/secret"
	"github.com/wancun/wancun/services/org/internal/session"
)

var _ orgv1.SignInServiceServer = (*server)(nil)

// Tokens signs the tokens of sessions.
type Tokens interface {
	// Sign returns a token, or an error for what a verifier would refuse.
	Sign(t issuer.Token) (string, error)
}

type server struct {
	orgv1.UnsafeSignInServiceServer
	kit         *resource.Kit
	tokens      Tokens
	accounts    *resource.Store[*orgv1.Account]
	grants      *resource.Store[*orgv1.Grant]
	invitations *resource.Store[*orgv1.Invitation]
	sessions    *resource.Store[*orgv1.Session]
	codes       secret.Sealer
	secrets     secret.Sealer
	passwords   *passwords
	attempts    *attempts
}

// Room returns the room that serves SignInService. The rooms of accounts, grants, invitations and sessions must be opened
// before. Without tokens, sessions begin and cannot be used in this process.
func Room(tokens Tokens) resource.Room {
	return resource.Room{Open: func(_ context.Context, k *resource.Kit) error {
		s := &server{kit: k, tokens: tokens, codes: invitation.Codes(k), secrets: secret.New(k.PageKey, "session", 2)}
		var failed [6]error
		s.accounts, failed[0] = resource.Opened[*orgv1.Account](k)
		s.grants, failed[1] = resource.Opened[*orgv1.Grant](k)
		s.invitations, failed[2] = resource.Opened[*orgv1.Invitation](k)
		s.sessions, failed[3] = resource.Opened[*orgv1.Session](k)
		s.passwords, failed[4] = newPasswords(k.DB, k.PageKey)
		s.attempts, failed[5] = newAttempts(k.Clock)
		if err := errors.Join(failed[:]...); err != nil {
			return err
		}
		orgv1.RegisterSignInServiceServer(k, s)
		return nil
	}}
}

// unnamed is a request without a request id: repeated, it is a second request.
type unnamed struct{ proto.Message }

// GetRequestId implements [resource.Request].
func (unnamed) GetRequestId() string { return "" } //nolint:revive // the name in generated requests

// asOwner returns a context in which the owner of an account writes to it.
func asOwner(ctx context.Context, account string) context.Context {
	return access.With(ctx, access.Principal{
		Subject: strings.TrimPrefix(account, "accounts/"), Grants: []*accessv1.Grant{{Role: accessv1.Grant_ACCOUNT_OWNER}},
	})
}

// SignIn compares the password also for names without an account, so that its duration shows nothing.
func (s *server) SignIn(ctx context.Context, r *orgv1.SignInRequest) (*orgv1.SignInResponse, error) {
	name := strings.ToLower(r.GetSignInName())
	succeeded, err := s.attempts.begin(name, r.GetAddress())
	if err != nil {
		return nil, err
	}
	account := &orgv1.Account{}
	if name != "" {
		found, err := s.accounts.Where(ctx, s.kit.DB.Reader(), "sign_in_name", name)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			account = found[0]
		}
	}
	fits, err := s.passwords.fits(ctx, account.GetName(), r.GetPassword())
	if err != nil {
		return nil, err
	}
	if !fits || account.GetState() != orgv1.Account_ACTIVE {
		return nil, fault.Unauthenticated("SIGN_IN_REFUSED", "the name or the password is wrong, or the account was deactivated")
	}
	succeeded()
	return s.begin(ctx, r, account.GetName(), r.GetSessionId())
}

// sessionLife is how long a session lasts at most, and idleLife how long without use.
const (
	sessionLife = 7 * 24 * time.Hour
	idleLife    = 12 * time.Hour
)

// browser is what a request says of the browser.
type browser interface {
	proto.Message
	GetAddress() string
	GetUserAgent() string
}

// begin begins a session of an account. An empty id is replaced by a new one.
func (s *server) begin(ctx context.Context, r browser, account, id string) (*orgv1.SignInResponse, error) {
	id = cmp.Or(id, s.kit.NewID())
	name, now := account+"/sessions/"+id, s.kit.Clock()
	expires := timestamppb.New(now.Add(sessionLife))
	if err := s.used(ctx, name, now); err != nil {
		return nil, err
	}
	if _, err := s.kit.InTx(asOwner(ctx, account), unnamed{r}, func(t *resource.Tx) error {
		_, err := s.sessions.CreateIn(t, name, &orgv1.Session{}, func(m *orgv1.Session) error {
			m.Address, m.UserAgent, m.ExpireTime = r.GetAddress(), r.GetUserAgent(), expires
			return nil
		})
		return err
	}); err != nil {
		return nil, err
	}
	text, err := s.secrets.Seal(strings.TrimPrefix(account, "accounts/"), id)
	return &orgv1.SignInResponse{Session: name, Secret: text, ExpireTime: expires}, err
}

// SignOut ends the session of a secret.
func (s *server) SignOut(ctx context.Context, r *orgv1.SignOutRequest) (*orgv1.SignOutResponse, error) {
	account, name, err := s.sessionOf(r.GetSecret())
	if err != nil {
		return &orgv1.SignOutResponse{}, nil //nolint:nilerr // the secret is of no session, so there is nothing to end
	}
	_, err = s.kit.InTx(asOwner(ctx, account), unnamed{r}, func(t *resource.Tx) error {
		found, err := s.sessions.Peek(t.Context(), name)
		if err != nil || found[name] == nil || found[name].GetEndTime() != nil {
			return err
		}
		ended := proto.CloneOf(found[name])
		session.End(ended, "退出登录 Signed out", t.Time())
		_, err = s.sessions.SaveIn(t, found[name], ended)
		return err
	})
	return &orgv1.SignOutResponse{}, err
}

// sessionOf returns the account and the session that a secret is for.
func (s *server) sessionOf(text string) (account, name string, err error) {
	ids, err := s.secrets.Open(text)
	if err != nil {
		return "", "", sessionOver()
	}
	account = "accounts/" + ids[0]
	return account, account + "/sessions/" + ids[1], nil
}

func sessionOver() error {
	return fault.Unauthenticated("SESSION_OVER", "the session is over; sign in again")
}
