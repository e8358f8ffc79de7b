package gateway_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/gateway"
)

func withSignIn(codes signInCodes) func(*gateway.Config, *gateway.Deps) {
	return func(_ *gateway.Config, d *gateway.Deps) {
		d.SignIn, d.Accounts, d.Clock = codes, orgv1.NewSignInServiceClient(d.Org), time.Now
	}
}

// desk answers the calls of a person that signs in, and notes the tokens of all other calls.
func desk(tokens *[]string) wire {
	return func(ctx context.Context, _ string, _, reply proto.Message) error {
		switch reply := reply.(type) {
		case *orgv1.SignInResponse:
			reply.Secret, reply.ExpireTime = "the-secret", timestamppb.New(time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC))
		case *orgv1.ExchangeSecretResponse:
			reply.Token = "the-token"
		default:
			md, _ := metadata.FromOutgoingContext(ctx)
			*tokens = md.Get("authorization")
		}
		return nil
	}
}

func TestALinkLeadsToTheFirstAccountOnce(t *testing.T) {
	h := open(t, unreached(t), withSignIn(signInCodes{"once": "/invitations/the-code"}))
	if r := ask(t, h, "HEAD", "/sign-in?code=once", ""); r.StatusCode != http.StatusOK || r.Header.Get("Location") != "" {
		t.Fatalf("a preview of the link: %s, %v", r.Status, r.Header)
	}
	r := ask(t, h, "GET", "/sign-in?code=once", "")
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/invitations/the-code" || len(r.Cookies()) != 0 {
		t.Errorf("the link: %s, %v", r.Status, r.Header)
	}
	if r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the answer may be kept: %v", r.Header)
	}
	if r := ask(t, h, "GET", "/sign-in?code=once", ""); r.StatusCode != http.StatusUnauthorized || problemOf(t, r).Reason != "CODE_INVALID" {
		t.Errorf("the second time: %s", r.Status)
	}
}

func TestASessionSignsABrowserIn(t *testing.T) {
	var tokens []string
	server := serve(t, open(t, desk(&tokens), withSignIn(nil)))
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	get := func() {
		t.Helper()
		r, err := browser.Get(server + organization)
		if err != nil || r.StatusCode != http.StatusOK || r.Body.Close() != nil {
			t.Fatalf("answered %v, %v", r, err)
		}
	}
	if get(); tokens != nil {
		t.Fatalf("before: called with %q", tokens)
	}
	r, err := browser.PostForm(server+"/sign-in", url.Values{"sign_in_name": {"li.ming"}, "password": {"correct horse battery"}})
	if err != nil || r.Body.Close() != nil {
		t.Fatal(err)
	}
	if get(); !slices.Equal(tokens, []string{"Bearer the-token"}) {
		t.Errorf("after: called with %q", tokens)
	}
}

func TestTheCookieIsOutOfReachOfScriptsAndOtherSites(t *testing.T) {
	var tokens []string
	for address, secure := range map[string]bool{"http://wancun.test": false, "https://wancun.test": true} {
		r := ask(t, open(t, desk(&tokens), withSignIn(nil)), "POST", address+"/sign-in", "sign_in_name=x&password=y", "Content-Type: application/x-www-form-urlencoded")
		cookies := r.Cookies()
		if len(cookies) != 1 {
			t.Fatalf("%s: %s, cookies %v", address, r.Status, cookies)
		}
		c := cookies[0]
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Expires.Year() != 2040 || c.Secure != secure {
			t.Errorf("%s: cookie %s", address, c)
		}
		if r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: the answer may be kept: %v", address, r.Header)
		}
	}
}

func TestATokenOfTheRequestsOwnWinsOverTheCookie(t *testing.T) {
	var tokens []string
	ask(t, open(t, desk(&tokens), withSignIn(nil)), "GET", organization, "", "Authorization: Bearer own", "Cookie: wancun_session=secret")
	if !slices.Equal(tokens, []string{"Bearer own"}) {
		t.Errorf("called with %q", tokens)
	}
}

func TestAnotherSitesPageCannotWriteWithTheVisitorsCookie(t *testing.T) {
	const cookie = "Cookie: wancun_session=secret"
	for name, headers := range map[string][]string{
		"a page of another site":         {cookie, "Sec-Fetch-Site: cross-site"},
		"a page of a sister site":        {cookie, "Sec-Fetch-Site: same-site"},
		"a page seen by an old browser":  {cookie, "Origin: https://evil.test"},
		"a form, which needs no consent": {cookie, "Origin: https://evil.test", "Content-Type: text/plain"},
	} {
		t.Run(name, func(t *testing.T) {
			p := problemOf(t, ask(t, open(t, unreached(t)), "POST", "/v1/organizations", "{}", headers...))
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
	if p := problemOf(t, ask(t, open(t, unreached(t)), "GET", "/sign-in?code=x", "")); p.Reason != "UNKNOWN_PATH" || strings.Contains(p.Detail, "code") {
		t.Errorf("answered %+v", p)
	}
}

// chrome is the Accept header of a browser that opens a page.
const chrome = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"

func TestARefusalThatAPersonOpensIsAPage(t *testing.T) {
	for name, c := range map[string]struct {
		path, language string
		status         int
		lang           string
		words          []string
	}{
		"a link used twice, in English": {
			"/sign-in?code=gone", "en-GB,en;q=0.9", 401, "en", []string{"This sign-in link no longer works", "used already", "wancun up", `href="/docs"`},
		},
		"a link used twice, in Chinese": {
			"/sign-in?code=gone", "zh-CN,zh;q=0.9,en;q=0.8", 401, "zh-CN", []string{"登录链接已失效", "已经用过", "wancun up", `href="/docs"`},
		},
		"in Chinese of another place": {"/sign-in?code=gone", "zh-TW", 401, "zh-CN", []string{"登录链接已失效"}},
		"in a third language":         {"/sign-in?code=gone", "fr", 401, "en", []string{"This sign-in link no longer works"}},
		"in none":                     {"/sign-in?code=gone", "", 401, "en", []string{"This sign-in link no longer works"}},
		"a part of a link":            {"/sign-in?code=on…", "en", 400, "en", []string{"not complete", "Copy the whole link"}},
		"a part of a link in Chinese": {"/sign-in?code=on…", "zh", 400, "zh-CN", []string{"登录链接不完整", "完整复制"}},
		"no page":                     {"/index.php", "en", 404, "en", []string{"There is nothing at this address"}},
		"no page, in Chinese":         {"/index.php", "zh", 404, "zh-CN", []string{"这个地址没有内容"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := ask(t, open(t, unreached(t), withSignIn(signInCodes{})), "GET", c.path, "", chrome, "Accept-Language: "+c.language)
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			if r.StatusCode != c.status || r.Header.Get("Content-Type") != "text/html; charset=utf-8" || r.Header.Get("Content-Language") != c.lang {
				t.Errorf("%s, %v", r.Status, r.Header)
			}
			if r.Header.Get("Cache-Control") != "no-store" || !strings.Contains(r.Header.Get("Vary"), "Accept-Language") {
				t.Errorf("a cache may give it to others: %v", r.Header)
			}
			if (c.status == http.StatusUnauthorized) != (r.Header.Get("WWW-Authenticate") != "") || r.Header.Get("Set-Cookie") != "" {
				t.Errorf("headers %v", r.Header)
			}
			for _, want := range append(c.words, `<html lang="`+c.lang+`">`) {
				if !strings.Contains(string(body), want) {
					t.Errorf("%q is not in the page:\n%s", want, body)
				}
			}
			for _, outside := range []string{"http:", "https:", "src=", "<link", "<script", "url("} {
				if strings.Contains(string(body), outside) {
					t.Errorf("the page needs something that its policy forbids: %s", outside)
				}
			}
		})
	}
}

func TestAProgramIsRefusedByAProblem(t *testing.T) {
	for name, headers := range map[string][]string{
		"that says nothing":       nil,
		"that takes anything":     {"Accept: */*"},
		"that takes JSON":         {"Accept: application/json"},
		"that prefers JSON":       {"Accept: application/json, text/html;q=0.5"},
		"that takes no HTML":      {"Accept: text/html;q=0, */*"},
		"with a malformed header": {"Accept: text/html;q=x, ;"},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, unreached(t), withSignIn(signInCodes{}))
			if p := problemOf(t, ask(t, h, "GET", "/sign-in?code=gone", "", headers...)); p.Status != 401 || p.Reason != "CODE_INVALID" {
				t.Errorf("a used link: %+v", p)
			}
			p := problemOf(t, ask(t, h, "GET", "/sign-in?code=on…", "", headers...))
			if p.Status != 400 || p.Reason != "CODE_MALFORMED" || len(p.Errors) != 1 || p.Errors[0].Parameter != "code" {
				t.Errorf("a part of a link: %+v", p)
			}
			if p := problemOf(t, ask(t, h, "GET", "/index.php", "", headers...)); p.Status != 404 || p.Reason != "UNKNOWN_PATH" {
				t.Errorf("no page: %+v", p)
			}
		})
	}
}
