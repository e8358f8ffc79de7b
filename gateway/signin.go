package gateway

import (
	"context"
	"net/http"
	"time"

	"google.golang.org/grpc/metadata"

	"github.com/wancun/wancun/platform/fault"
)

// SignIn exchanges one-time codes for tokens.
type SignIn interface {
	// Redeem returns the token that a code stands for and when it expires. A code works once; an unknown, used or
	// expired one is UNAUTHENTICATED.
	Redeem(code string) (token string, expires time.Time, err error)
}

// sessionCookie holds the token of a signed-in browser. Scripts cannot read it, and other sites' pages cannot use it
// for writes.
const sessionCookie = "wancun_token"

type signIn struct {
	redeem   SignIn
	problems problemWriter
}

// ServeHTTP answers GET /sign-in?code=….
func (s signIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token, expires, err := s.redeem.Redeem(r.URL.Query().Get("code"))
	if err != nil {
		s.problems.write(w, r, fault.Status(err), "")
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: token, Path: "/", Expires: expires,
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode,
	})
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, "/docs", http.StatusSeeOther)
}

// cookieAuthorization presents a browser's session as the token that services expect. An Authorization header wins.
func cookieAuthorization(_ context.Context, r *http.Request) metadata.MD {
	if r.Header.Get("Authorization") != "" {
		return nil
	}
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	return metadata.Pairs("authorization", "Bearer "+c.Value)
}
