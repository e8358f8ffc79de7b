package gateway

import (
	"net/http"
	"time"

	"github.com/wancun/wancun/platform/fault"
)

// SignIn exchanges one-time codes for tokens.
type SignIn interface {
	// Redeem returns the token for a code, and the token's expiry. A code works once. It returns UNAUTHENTICATED for an
	// unknown, used or expired code, and INVALID_ARGUMENT on code for a text that is not a code.
	Redeem(code string) (token string, expires time.Time, err error)
}

type signIn struct {
	redeem   SignIn
	problems problemWriter
}

// ServeHTTP handles GET /sign-in?code=…. It writes an error as a page for browsers and as a problem for programs.
func (s signIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if r.Method == http.MethodHead { // sent by programs that preview links, which must not use up the code
		return
	}
	token, expires, err := s.redeem.Redeem(r.URL.Query().Get("code"))
	if err != nil {
		s.problems.write(w, r, fault.Status(err), "")
		return
	}
	remember(w, r, tokenCookie, token, expires)
	http.Redirect(w, r, "/console", http.StatusSeeOther)
}
