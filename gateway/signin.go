package gateway

import (
	"context"
	"net/http"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
)

// SignIn leads the person that opens a one-time link to the page where it creates its account.
type SignIn interface {
	// Redeem returns the path of the page for a code. A code works once. It returns UNAUTHENTICATED for an unknown, used or
	// expired code, and INVALID_ARGUMENT on code for a text that is not a code.
	Redeem(ctx context.Context, code string) (path string, err error)
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
	path, err := s.redeem.Redeem(r.Context(), r.URL.Query().Get("code"))
	if err != nil {
		s.problems.write(w, r, s.problems.public(r.Context(), orgv1.InvitationService_CreateInvitation_FullMethodName, err), "")
		return
	}
	http.Redirect(w, r, path, http.StatusSeeOther)
}
