package gateway

import (
	"net/http"
	"time"

	"github.com/wancun/wancun/platform/fault"
)

// SignIn exchanges one-time codes for tokens.
type SignIn interface {
	// Redeem returns the token that a code stands for and when it expires. A code works once; an unknown, used or
	// expired one is UNAUTHENTICATED, and a text that is no code is INVALID_ARGUMENT on code.
	Redeem(code string) (token string, expires time.Time, err error)
}

// sessionCookie holds the token of a signed-in browser. Scripts cannot read it, and other sites' pages cannot use it
// for writes.
const sessionCookie = "wancun_token"

type signIn struct {
	redeem   SignIn
	problems problemWriter
}

// ServeHTTP answers GET /sign-in?code=…. A refusal is a page for browsers, and a problem for programs.
func (s signIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if r.Method == http.MethodHead { // of a program that looks where a link leads: the code is for a person, and works once
		return
	}
	token, expires, err := s.redeem.Redeem(r.URL.Query().Get("code"))
	if err != nil {
		s.problems.write(w, r, fault.Status(err), "")
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: token, Path: "/", Expires: expires,
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(w, r, "/docs", http.StatusSeeOther)
}

// withSession presents a browser's session as the token that services expect. An Authorization header wins.
func withSession(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			if c, err := r.Cookie(sessionCookie); err == nil {
				r.Header.Set("Authorization", "Bearer "+c.Value)
			}
		}
		next.ServeHTTP(w, r)
	})
}
