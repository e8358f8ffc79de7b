package gateway

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"time"

	"github.com/maypok86/otter/v2"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/recent"
)

const (
	// sessionCookie contains the secret of the session of a browser. Scripts cannot read it, and pages of other sites
	// cannot use it for writes.
	sessionCookie = "wancun_session"
	// tokensKept bounds the memory of the exchanged tokens.
	tokensKept = 10_000
)

// sessions exchanges the secrets of sessions for tokens, and keeps the tokens while they are valid.
type sessions struct {
	org      orgv1.SignInServiceClient
	verifier access.Verifier
	kept     *otter.Cache[[sha256.Size]byte, string]
}

func newSessions(org orgv1.SignInServiceClient, v access.Verifier, clock func() time.Time) (*sessions, error) {
	kept, err := otter.New(&otter.Options[[sha256.Size]byte, string]{
		MaximumSize: tokensKept, ExpiryCalculator: otter.ExpiryWriting[[sha256.Size]byte, string](access.RevocableLife - time.Minute),
		Clock: recent.Clock(clock),
	})
	if err != nil {
		return nil, fmt.Errorf("keep tokens: %w", err)
	}
	return &sessions{org, v, kept}, nil
}

// token returns a valid token for the secret of a session. A kept token that has expired or was revoked is replaced.
func (s *sessions) token(ctx context.Context, secret string) (string, access.Principal, error) {
	key := sha256.Sum256([]byte(secret))
	if token, ok := s.kept.GetIfPresent(key); ok {
		if by, err := s.verifier.Verify(ctx, token); err == nil {
			return token, by, nil
		}
	}
	s.kept.Invalidate(key)
	out, err := s.org.ExchangeSecret(ctx, &orgv1.ExchangeSecretRequest{Secret: secret})
	if err != nil {
		return "", access.Principal{}, err
	}
	by, err := s.verifier.Verify(ctx, out.GetToken())
	if err != nil {
		return "", access.Principal{}, err
	}
	s.kept.Set(key, out.GetToken())
	return out.GetToken(), by, nil
}

// authorized sends the token of a browser's session to the services. An Authorization header takes precedence. A session
// that is over is refused, and the browser forgets it. A nil sessions knows no cookie.
func (s *sessions) authorized(p problemWriter, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			next.ServeHTTP(w, r)
			return
		}
		if c, err := r.Cookie(sessionCookie); err == nil && s != nil {
			token, _, err := s.token(r.Context(), c.Value)
			if err != nil {
				if f, ok := fault.From(err); ok && f.Reason() == "SESSION_OVER" {
					forget(w, r)
				}
				p.write(w, r, p.public(r.Context(), orgv1.SignInService_ExchangeSecret_FullMethodName, err), "")
				return
			}
			r.Header.Set("Authorization", "Bearer "+token)
		}
		next.ServeHTTP(w, r)
	})
}

// remember sets the cookie of a session.
func remember(w http.ResponseWriter, r *http.Request, secret string, expires time.Time) {
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: secret, Path: "/", Expires: expires,
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode,
	})
}

// forget removes the cookie of a session.
func forget(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode,
	})
}
