package gateway_test

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/gateway"
)

func withSignIn(codes signInCodes) func(*gateway.Config, *gateway.Deps) {
	return func(_ *gateway.Config, d *gateway.Deps) { d.SignIn = codes }
}

func TestALinkSignsABrowserInOnce(t *testing.T) {
	var tokens []string
	server := serve(t, open(t, wire(func(ctx context.Context, _ string, _, _ proto.Message) error {
		md, _ := metadata.FromOutgoingContext(ctx)
		tokens = md.Get("authorization")
		return nil
	}), withSignIn(signInCodes{"once": "the-token"})))
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	get := func(path string) *http.Response {
		t.Helper()
		r, err := browser.Get(server + path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = r.Body.Close() })
		return r
	}
	if r := get(organization); r.StatusCode != http.StatusOK || tokens != nil {
		t.Fatalf("before: %s with %q", r.Status, tokens)
	}
	if r, err := browser.Head(server + "/sign-in?code=once"); err != nil || len(r.Cookies()) != 0 || r.Body.Close() != nil {
		t.Fatalf("a preview of the link: %v, %v", r, err)
	}
	if r := get("/sign-in?code=once"); r.Request.URL.Path != "/docs" {
		t.Errorf("the link leads to %s", r.Request.URL)
	}
	if get(organization); !slices.Equal(tokens, []string{"Bearer the-token"}) {
		t.Errorf("after: called with %q", tokens)
	}
	if r := get("/sign-in?code=once"); r.StatusCode != http.StatusUnauthorized || problemOf(t, r).Reason != "CODE_INVALID" {
		t.Errorf("the second time: %s", r.Status)
	}
}

func TestTheCookieIsOutOfReachOfScriptsAndOtherSites(t *testing.T) {
	r := ask(t, open(t, nobody(t), withSignIn(signInCodes{"c": "t"})), "GET", "/sign-in?code=c", "")
	cookies := r.Cookies()
	if len(cookies) != 1 {
		t.Fatalf("cookies %v", cookies)
	}
	c := cookies[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Expires.Year() != 2040 || c.Secure {
		t.Errorf("cookie %s", c)
	}
	if r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the answer may be kept: %v", r.Header)
	}
	r = ask(t, open(t, nobody(t), withSignIn(signInCodes{"c": "t"})), "GET", "https://wancun.test/sign-in?code=c", "")
	if c := r.Cookies()[0]; !c.Secure {
		t.Errorf("over TLS: cookie %s", c)
	}
}

func TestATokenOfTheRequestsOwnWinsOverTheCookie(t *testing.T) {
	var tokens []string
	h := open(t, wire(func(ctx context.Context, _ string, _, _ proto.Message) error {
		md, _ := metadata.FromOutgoingContext(ctx)
		tokens = md.Get("authorization")
		return nil
	}))
	ask(t, h, "GET", organization, "", "Authorization: Bearer own", "Cookie: wancun_token=session")
	if !slices.Equal(tokens, []string{"Bearer own"}) {
		t.Errorf("called with %q", tokens)
	}
}

func TestAnotherSitesPageCannotWriteWithTheVisitorsCookie(t *testing.T) {
	const cookie = "Cookie: wancun_token=session"
	for name, headers := range map[string][]string{
		"a page of another site":         {cookie, "Sec-Fetch-Site: cross-site"},
		"a page of a sister site":        {cookie, "Sec-Fetch-Site: same-site"},
		"a page seen by an old browser":  {cookie, "Origin: https://evil.test"},
		"a form, which needs no consent": {cookie, "Origin: https://evil.test", "Content-Type: text/plain"},
	} {
		t.Run(name, func(t *testing.T) {
			p := problemOf(t, ask(t, open(t, nobody(t)), "POST", "/v1/organizations", "{}", headers...))
			if p.Status != http.StatusForbidden || p.Reason != "CROSS_ORIGIN" {
				t.Errorf("answered %+v", p)
			}
		})
	}
	for name, headers := range map[string][]string{
		"our own page":     {cookie, "Sec-Fetch-Site: same-origin", "Origin: http://example.com"},
		"a program":        {"Authorization: Bearer t"},
		"the address line": {cookie, "Sec-Fetch-Site: none"},
	} {
		t.Run("but "+name+" can", func(t *testing.T) {
			if r := ask(t, open(t, refusing(nil)), "POST", "/v1/organizations", "{}", headers...); r.StatusCode != http.StatusOK {
				t.Errorf("answered %s", r.Status)
			}
		})
	}
}

func TestWhereSignInIsSomebodyElsesThereIsNone(t *testing.T) {
	if p := problemOf(t, ask(t, open(t, nobody(t)), "GET", "/sign-in?code=x", "")); p.Reason != "UNKNOWN_PATH" || strings.Contains(p.Detail, "code") {
		t.Errorf("answered %+v", p)
	}
}
