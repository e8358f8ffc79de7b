package cli_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

// person is a browser whose redirects are followed.
func person(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

// visit opens a page or sends its form, and returns the status and the page.
func visit(t *testing.T, browser *http.Client, link string, form url.Values) (status int, page string) {
	t.Helper()
	verb, body := http.MethodGet, ""
	if form != nil {
		verb, body = http.MethodPost, form.Encode()
	}
	r, err := http.NewRequestWithContext(t.Context(), verb, link, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := browser.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func TestTheLinkOfTheFirstStartMakesTheFirstAdministrator(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := up(t, data)
	browser := person(t)
	jar := browser.Jar
	var invitation string
	browser.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.Path, "/invitations/") {
			invitation = r.URL.String()
		}
		return nil
	}
	if status, page := visit(t, browser, s.link, nil); status != http.StatusOK || !strings.Contains(page, "Account administrator") {
		t.Fatalf("the link: %d %s", status, page)
	}
	if status, _ := visit(t, browser, s.link, nil); status != http.StatusUnauthorized {
		t.Errorf("the link a second time: %d", status)
	}
	chosen := url.Values{"display_name": {"示例人员"}, "sign_in_name": {"first"}, "password": {"correct horse battery"}}
	visit(t, browser, invitation, chosen) // leads to the console, which may not be built
	status, me := visit(t, browser, s.rest+"/v1/me", nil)
	if status != http.StatusOK || !strings.Contains(me, "示例人员") || !strings.Contains(me, `"role":"ACCOUNT_ADMIN"`) || strings.Contains(me, "PROVINCE_ADMIN") {
		t.Errorf("me: %d %s", status, me)
	}
	if ended := s.stop(); ended.code != 0 {
		t.Fatalf("stopped with exit %d: %s", ended.code, ended.note)
	}
	s = up(t, data)
	if s.link != s.rest+"/sign-in" {
		t.Errorf("with an administrator, the next start prints %s", s.link)
	}
	if _, me := visit(t, &http.Client{Jar: jar}, s.rest+"/v1/me", nil); !strings.Contains(me, "示例人员") {
		t.Errorf("after the restart, me: %s", me)
	}
}

func TestTheOperatorInvitesAnAdministratorAfterAPasswordIsLost(t *testing.T) {
	s := up(t, t.TempDir())
	link := strings.TrimSpace(must(t, "invite", "--data", s.data, "--server", s.rest, "--name", "示例人员").out)
	if !strings.HasPrefix(link, s.rest+"/invitations/") {
		t.Fatalf("wancun invite prints %q", link)
	}
	browser := person(t)
	visit(t, browser, link, url.Values{"sign_in_name": {"second"}, "password": {"correct horse battery"}}) // leads to the console, which may not be built
	if _, me := visit(t, browser, s.rest+"/v1/me", nil); !strings.Contains(me, `"role":"ACCOUNT_ADMIN"`) {
		t.Errorf("me: %s", me)
	}
	if status, page := visit(t, browser, s.link, nil); status != http.StatusUnauthorized || !strings.Contains(page, "CODE_INVALID") {
		t.Errorf("the link of the start, with an administrator: %d %s", status, page)
	}
	if r := run(t, "invite", "--data", s.data, "--server", s.rest, "--name", "示例人员", "--role", "county_clerk"); r.code != 1 || !strings.Contains(r.note, "area") {
		t.Errorf("a clerk without an area: exit %d: %s", r.code, r.note)
	}
}
