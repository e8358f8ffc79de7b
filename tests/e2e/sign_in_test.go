package e2e

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// visitor is a browser with its cookies, which does not follow redirects.
type visitor struct {
	*http.Client
	at       string
	language string
}

func open(t *testing.T, s *suite.Suite, language string) visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return visitor{&http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, s.REST, language}
}

// send returns the status, the place of a redirect, and the body.
func (v visitor) send(t *testing.T, verb, path string, form url.Values) (status int, to, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), verb, v.at+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	if strings.HasPrefix(path, "/v1/") {
		r.Header.Set("Accept", "application/json")
	}
	r.Header.Set("Accept-Language", v.language)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := v.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // read to its end
	all, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header.Get("Location"), string(all)
}

// post sends JSON, as the page of the console does.
func (v visitor) post(t *testing.T, path, body string, header http.Header) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.at+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(r.Header, header)
	r.Header.Set("Content-Type", "application/json")
	got, err := v.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got.StatusCode, string(text)
}

// me returns who the browser is.
func (v visitor) me(t *testing.T) (me struct {
	Account, DisplayName, Session string
	Methods                       []string
	Grants                        []struct{ Role, Area string }
},
) {
	t.Helper()
	status, _, body := v.send(t, http.MethodGet, "/v1/me", nil)
	if err := json.Unmarshal([]byte(body), &me); err != nil || status != http.StatusOK {
		t.Fatalf("GET /v1/me: %d %s", status, body)
	}
	return me
}

// invited invites a person and returns the path of the invitation.
func invited(t *testing.T, s *suite.Suite, i *orgv1.Invitation) string {
	t.Helper()
	i.DisplayName = "示例人员"
	made, err := orgv1.NewInvitationServiceClient(s.Conn).CreateInvitation(s.As(t, "security", suite.Everywhere(accessv1.Grant_ACCOUNT_ADMIN)),
		&orgv1.CreateInvitationRequest{InvitationId: world.ID("invitation", i.GetRole(), i.GetArea()), Invitation: i})
	if err != nil {
		t.Fatal(err)
	}
	return "/invitations/" + made.GetCode()
}

func TestAnInvitedPersonSignsInByPagesAndSignsOut(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	path := invited(t, s, &orgv1.Invitation{Role: accessv1.Grant_COUNTY_CLERK, Area: world.County})
	b := open(t, s, "zh-CN")
	if status, _, page := b.send(t, http.MethodGet, path, nil); status != http.StatusOK || !strings.Contains(page, "县级经办人员") || !strings.Contains(page, "示例人员") {
		t.Fatalf("the invitation: %d %s", status, page)
	}
	status, _, page := b.send(t, http.MethodPost, path, url.Values{"sign_in_name": {"li.ming"}, "password": {"short"}})
	if status != http.StatusUnprocessableEntity || !strings.Contains(page, "须至少 10 个字符") || !strings.Contains(page, `value="li.ming"`) {
		t.Fatalf("a short password: %d %s", status, page)
	}
	good := url.Values{"sign_in_name": {"li.ming"}, "password": {"correct horse battery"}}
	if status, to, page := b.send(t, http.MethodPost, path, good); status != http.StatusSeeOther || to != "/console" {
		t.Fatalf("the form: %d %s %s", status, to, page)
	}
	if me := b.me(t); me.DisplayName != "示例人员" || len(me.Grants) != 1 || me.Grants[0].Role != "COUNTY_CLERK" || len(me.Methods) < 10 {
		t.Errorf("me = %+v", me)
	}
	if status, _, page := b.send(t, http.MethodGet, path, nil); status != http.StatusUnauthorized || !strings.Contains(page, "邀请已失效") {
		t.Errorf("the link a second time: %d %s", status, page)
	}
	if status, to, _ := b.send(t, http.MethodPost, "/sign-out", url.Values{}); status != http.StatusSeeOther || to != "/sign-in" {
		t.Errorf("sign-out: %d %s", status, to)
	}
	if me := b.me(t); me.Account != "" {
		t.Errorf("after sign-out me = %+v", me)
	}
	english := open(t, s, "en")
	for typed, want := range map[string]int{"wrong horse battery": http.StatusUnauthorized, "correct horse battery": http.StatusSeeOther} {
		status, to, page := english.send(t, http.MethodPost, "/sign-in", url.Values{"sign_in_name": {"Li.Ming"}, "password": {typed}, "return_to": {"/docs"}})
		if status != want || want == http.StatusSeeOther && to != "/docs" || want != http.StatusSeeOther && !strings.Contains(page, "the name or the password is wrong") {
			t.Errorf("sign-in with %q: %d %s %s", typed, status, to, page)
		}
	}
	if status, to, _ := english.send(t, http.MethodPost, "/sign-in", url.Values{"sign_in_name": {"li.ming"}, "password": {"correct horse battery"}, "return_to": {"//elsewhere.example"}}); status != http.StatusSeeOther || to != "/console" {
		t.Errorf("sign-in that should lead to another site: %d %s", status, to)
	}
}

func TestAnAccountWithoutARoleSaysWhatToDo(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	path := invited(t, s, &orgv1.Invitation{Role: accessv1.Grant_LEADER})
	b := open(t, s, "en")
	person := url.Values{"sign_in_name": {"wang"}, "password": {"correct horse battery"}}
	b.send(t, http.MethodPost, path, person)
	me, security := b.me(t), s.As(t, "security", suite.Everywhere(accessv1.Grant_ACCOUNT_ADMIN))
	grants := orgv1.NewGrantServiceClient(s.Conn)
	all, err := grants.ListGrants(security, &orgv1.ListGrantsRequest{Parent: me.Account})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := grants.EndGrant(security, &orgv1.EndGrantRequest{Name: all.GetGrants()[0].GetName(), Reason: "调岗"}); err != nil {
		t.Fatal(err)
	}
	if status, _, page := b.send(t, http.MethodPost, "/sign-in", person); status != http.StatusForbidden || !strings.Contains(page, "Your account has no role yet") {
		t.Errorf("sign-in: %d %s", status, page)
	}
}

// The stream is open when the session ends, and is read until it ends. The browser of the session is refused as well.
func TestASessionThatIsEndedElsewhereIsOutAlsoInItsStreams(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	path := invited(t, s, &orgv1.Invitation{Role: accessv1.Grant_AUDITOR})
	b := open(t, s, "en")
	if status, _, page := b.send(t, http.MethodPost, path, url.Values{"sign_in_name": {"auditor"}, "password": {"correct horse battery"}}); status != http.StatusSeeOther {
		t.Fatalf("the form: %d %s", status, page)
	}
	desk := orgv1.NewSignInServiceClient(s.Conn)
	at, err := url.Parse(s.REST)
	if err != nil {
		t.Fatal(err)
	}
	cookie := b.Jar.Cookies(at)
	if len(cookie) != 1 || cookie[0].Name != "wancun_session" {
		t.Fatalf("cookies %v", cookie)
	}
	out, err := desk.ExchangeSecret(t.Context(), &orgv1.ExchangeSecretRequest{Secret: cookie[0].Value})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := journalv1.NewJournalServiceClient(s.Conn).Read(suite.WithToken(t.Context(), out.GetToken()), &journalv1.ReadRequest{Log: "logs/org", Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	security := s.As(t, "security", suite.Everywhere(accessv1.Grant_ACCOUNT_ADMIN))
	if _, err := orgv1.NewSessionServiceClient(s.Conn).EndSession(security, &orgv1.EndSessionRequest{Name: b.me(t).Session, Reason: "遗失"}); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = stream.Recv()
	}
	if f, ok := fault.From(err); !ok || f.Code() != codes.Unauthenticated || f.Reason() != "TOKEN_REVOKED" {
		t.Errorf("the stream ended with %v", err)
	}
	if status, _, body := b.send(t, http.MethodGet, "/v1/me", nil); status != http.StatusUnauthorized || !strings.Contains(body, "SESSION_OVER") {
		t.Errorf("the browser: %d %s", status, body)
	}
	if status, _, body := b.send(t, http.MethodGet, "/v1/me", nil); status != http.StatusOK {
		t.Errorf("the browser, which forgot the session: %d %s", status, body)
	}
}
