package gateway

import (
	"cmp"
	"net"
	"net/http"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/fault"
)

// home is where a person arrives after sign-in.
const home = "/console"

// formBytes bounds the body of a form.
const formBytes = 8 << 10

// desk serves the pages of sign-in, sign-out and invitations.
type desk struct {
	org      orgv1.SignInServiceClient
	sessions *sessions
	link     http.Handler // serves a one-time link; nil if there are none
	problems problemWriter
}

// mountSignIn serves the pages of people who have accounts. It returns the sessions, nil without accounts.
func mountSignIn(mux *http.ServeMux, p problemWriter, d Deps) (*sessions, error) {
	if d.Accounts == nil {
		return nil, nil //nolint:nilnil // nil sessions know no cookie
	}
	s := &desk{org: d.Accounts, problems: p}
	var err error
	if s.sessions, err = newSessions(d.Accounts, d.Verifier, d.Clock); err != nil {
		return nil, err
	}
	if d.SignIn != nil {
		s.link = signIn{redeem: d.SignIn, problems: p}
	}
	mux.HandleFunc("GET /sign-in", s.showSignIn)
	mux.HandleFunc("POST /sign-in", s.signIn)
	mux.HandleFunc("POST /sign-out", s.signOut)
	mux.HandleFunc("GET /invitations/{code}", s.showInvitation)
	mux.HandleFunc("POST /invitations/{code}", s.accept)
	return s.sessions, nil
}

// inside returns a path of this site, so that a link to sign-in cannot lead to another site.
func inside(path string) string {
	if strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") && !strings.Contains(path, `\`) {
		return path
	}
	return ""
}

func (s *desk) showSignIn(w http.ResponseWriter, r *http.Request) {
	if s.link != nil && r.URL.Query().Has("code") {
		s.link.ServeHTTP(w, r)
		return
	}
	f := signInForm(r)
	f.ReturnTo = inside(r.URL.Query().Get("return_to"))
	f.show(s.problems, w, r, http.StatusOK)
}

// signIn handles the form of the page of sign-in.
func (s *desk) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, formBytes)
	f := signInForm(r)
	f.Name, f.ReturnTo = r.PostFormValue("sign_in_name"), inside(r.PostFormValue("return_to"))
	in, err := s.org.SignIn(r.Context(), &orgv1.SignInRequest{
		SignInName: f.Name, Password: r.PostFormValue("password"), Address: addressOf(r), UserAgent: browserOf(r),
	})
	s.arrive(w, r, f, in, err)
}

func (s *desk) showInvitation(w http.ResponseWriter, r *http.Request) {
	i, err := s.org.ReadInvitation(r.Context(), &orgv1.ReadInvitationRequest{Code: r.PathValue("code"), Address: addressOf(r)})
	if err != nil {
		w.Header().Set("Cache-Control", "no-store")
		s.problems.write(w, r, s.problems.public(r.Context(), orgv1.SignInService_ReadInvitation_FullMethodName, err), "")
		return
	}
	invitationForm(r, i).show(s.problems, w, r, http.StatusOK)
}

// accept handles the form of the page of an invitation.
func (s *desk) accept(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, formBytes)
	code := r.PathValue("code")
	i, err := s.org.ReadInvitation(r.Context(), &orgv1.ReadInvitationRequest{Code: code, Address: addressOf(r)})
	if err != nil {
		s.problems.write(w, r, s.problems.public(r.Context(), orgv1.SignInService_ReadInvitation_FullMethodName, err), "")
		return
	}
	f := invitationForm(r, i)
	f.Name, f.Person = r.PostFormValue("sign_in_name"), r.PostFormValue("display_name")
	in, err := s.org.AcceptInvitation(r.Context(), &orgv1.AcceptInvitationRequest{
		Code: code, SignInName: f.Name, DisplayName: f.Person, Password: r.PostFormValue("password"), Language: f.Tag,
		Address: addressOf(r), UserAgent: browserOf(r),
	})
	s.arrive(w, r, f, in, err)
}

// arrive shows the form again if the person can correct the error. Otherwise it sets the cookie of the session and leads
// to the page that the person wanted, or to a page that says that the account has no role.
func (s *desk) arrive(w http.ResponseWriter, r *http.Request, f form, in *orgv1.SignInResponse, err error) {
	w.Header().Set("Cache-Control", "no-store")
	if err != nil {
		text, status, wait, ok := refusal(err, f.Tag != "en")
		if !ok {
			s.problems.write(w, r, s.problems.public(r.Context(), orgv1.SignInService_SignIn_FullMethodName, err), "")
			return
		}
		if wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(wait))
		}
		f.Refused = text
		f.show(s.problems, w, r, status)
		return
	}
	remember(w, r, in.GetSecret(), in.GetExpireTime().AsTime())
	_, by, err := s.sessions.token(r.Context(), in.GetSecret())
	if err == nil && len(by.Grants) == 0 {
		s.problems.answer(w, r, problem{
			Status: http.StatusForbidden, Code: codes.PermissionDenied.String(), Reason: "NO_GRANT",
			Detail: "the account has no role yet", chinese: "账号尚无角色", Instance: r.URL.Path,
		})
		return
	}
	http.Redirect(w, r, cmp.Or(f.ReturnTo, home), http.StatusSeeOther)
}

// signOut ends the session and forgets its cookie, also if the session cannot be ended now.
func (s *desk) signOut(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	forget(w, r)
	if c, err := r.Cookie(sessionCookie); err == nil {
		if _, err := s.org.SignOut(r.Context(), &orgv1.SignOutRequest{Secret: c.Value}); err != nil {
			s.problems.write(w, r, fault.Status(err), "")
			return
		}
	}
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
}

// addressOf returns the network address of the browser.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// browserOf returns how the browser names itself, shortened.
func browserOf(r *http.Request) string {
	return strings.ToValidUTF8(r.UserAgent()[:min(len(r.UserAgent()), 300)], "")
}
