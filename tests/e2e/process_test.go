package e2e

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

func TestASecondSuiteOnTheSameDataIsRefused(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	second := suite.Run(t, "up", "--data", s.Dir, "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0")
	if second.Code != 1 || second.Out != "" || !strings.Contains(second.Err, s.Dir) || !strings.Contains(second.Err, "in use by another wancun process") {
		t.Errorf("exit code %d, out %q, error %q", second.Code, second.Out, second.Err)
	}
	world.Build(t, s) // the first process still serves
	t.Run("until the first has ended, however it ends", func(t *testing.T) {
		s.Kill(t)
		s.Again(t).Stop(t)
	})
}

func TestASuiteStopsCleanlyWhenAsked(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	// A client watches the health service meanwhile, as load-balancing clients do. It must not delay the stop.
	conn, err := grpc.NewClient(s.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // nothing is left to lose
	watch, err := grpc_health_v1.NewHealthClient(conn).Watch(t.Context(), &grpc_health_v1.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if status, err := watch.Recv(); err != nil || status.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		t.Errorf("health is %v, %v", status, err)
	}
	if code := s.Stop(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if left := must(filepath.Glob(filepath.Join(s.Dir, "*-wal"))); len(left) > 0 {
		for _, wal := range left {
			if info, err := os.Stat(wal); err == nil && info.Size() > 0 {
				t.Errorf("%s is left with %d bytes", wal, info.Size())
			}
		}
	}
	world.Balanced(t, s.Again(t), world.TheCampaign())
}

func must(found []string, err error) []string {
	if err != nil {
		panic(err) // the only error is a bad pattern
	}
	return found
}

func TestTheSignInLinkWorksOnce(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	path := strings.TrimPrefix(s.SignIn, s.REST)
	first := s.Do(t, suite.Request{Verb: http.MethodGet, Path: path})
	invitation := first.Header.Get("Location")
	if first.Status != http.StatusSeeOther || !strings.HasPrefix(invitation, "/invitations/") || first.Header.Get("Set-Cookie") != "" {
		t.Fatalf("the link: %d, %v: %s", first.Status, first.Header, first.Body)
	}
	if second := s.Do(t, suite.Request{Verb: http.MethodGet, Path: path}); second.Status != http.StatusUnauthorized || second.Header.Get("Location") != "" {
		t.Errorf("the second time: %d %s", second.Status, second.Body)
	}
	if forged := s.Do(t, suite.Request{Verb: http.MethodGet, Path: "/sign-in?code=" + strings.Repeat("A", 32)}); forged.Status != http.StatusUnauthorized {
		t.Errorf("a made-up code: %d", forged.Status)
	}
	if cut := s.Do(t, suite.Request{Verb: http.MethodGet, Path: path[:len(path)-3]}); cut.Status != http.StatusBadRequest || cut.Problem(t).Reason != "CODE_MALFORMED" {
		t.Errorf("a part of the link: %d %s", cut.Status, cut.Body)
	}
	t.Run("and says so to a person in a page", func(t *testing.T) {
		for language, want := range map[string]string{"en": "This sign-in link no longer works", "zh-CN": "登录链接已失效"} {
			page := s.Do(t, suite.Request{Verb: http.MethodGet, Path: path, Header: http.Header{
				"Accept": {"text/html,application/xhtml+xml,*/*;q=0.8"}, "Accept-Language": {language},
			}})
			if page.Status != http.StatusUnauthorized || page.Header.Get("Content-Language") != language || !strings.Contains(string(page.Body), want) {
				t.Errorf("%s: %d %v %s", language, page.Status, page.Header, page.Body)
			}
		}
	})
	b := open(t, s, "en")
	chosen := url.Values{"sign_in_name": {"first"}, "password": {"correct horse battery"}}
	if status, to, page := b.send(t, http.MethodPost, invitation, chosen); status != http.StatusSeeOther || to != "/console" {
		t.Fatalf("the form: %d %s %s", status, to, page)
	}
	t.Run("and makes an account with one of the three powers", func(t *testing.T) {
		if me := b.me(t); len(me.Grants) != 1 || me.Grants[0].Role != "ACCOUNT_ADMIN" || me.Grants[0].Area != "" {
			t.Errorf("me = %+v", me)
		}
		if status, _, body := b.send(t, http.MethodGet, "/v1/logs/org/entries", nil); status != http.StatusForbidden {
			t.Errorf("the journal, which auditors read: %d %s", status, body)
		}
	})
	t.Run("that invites the one who works with the data and the one who audits", func(t *testing.T) {
		for _, role := range []string{"PROVINCE_ADMIN", "AUDITOR", "ACCOUNT_ADMIN"} {
			body := `{"displayName":"示例人员","role":"` + role + `"}`
			if status, answer := b.post(t, "/v1/invitations?invitationId="+world.ID("invitation", role), body, nil); status != http.StatusOK {
				t.Errorf("inviting %s: %d %s", role, status, answer)
			}
		}
	})
	t.Run("but not from the page of another site", func(t *testing.T) {
		elsewhere := http.Header{"Origin": {"https://other.invalid"}, "Sec-Fetch-Site": {"cross-site"}}
		body := `{"displayName":"示例人员","role":"AUDITOR"}`
		if status, answer := b.post(t, "/v1/invitations?invitationId="+world.ID("invitation", "elsewhere"), body, elsewhere); status != http.StatusForbidden || !strings.Contains(answer, "CROSS_ORIGIN") {
			t.Errorf("status %d %s", status, answer)
		}
	})
}

// An invitation of a link that was opened and not used is useless as soon as a newer link was opened.
func TestOnlyTheNewestSignInLinkMakesAnAdministrator(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	follow := func(s *suite.Suite) string {
		t.Helper()
		r := s.Do(t, suite.Request{Verb: http.MethodGet, Path: strings.TrimPrefix(s.SignIn, s.REST)})
		if r.Status != http.StatusSeeOther {
			t.Fatalf("the link: %d %s", r.Status, r.Body)
		}
		return r.Header.Get("Location")
	}
	older := follow(s)
	s.Stop(t)
	s = s.Again(t)
	newer, b := follow(s), open(t, s, "en")
	for _, c := range []struct {
		path string
		want int
	}{{older, http.StatusUnauthorized}, {newer, http.StatusSeeOther}} {
		chosen := url.Values{"sign_in_name": {"first"}, "password": {"correct horse battery"}}
		if status, _, page := b.send(t, http.MethodPost, c.path, chosen); status != c.want {
			t.Errorf("%s: %d %s", c.path, status, page)
		}
	}
}

func TestAnAddressInUseIsSaidClearly(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	taken := strings.TrimPrefix(s.REST, "http://")
	r := suite.Run(t, "up", "--data", t.TempDir(), "--http", taken, "--grpc", "127.0.0.1:0")
	if r.Code != 1 || !strings.Contains(r.Err, taken) {
		t.Errorf("exit code %d, error %q", r.Code, r.Err)
	}
}

func TestWrongUseAndFailureHaveDifferentExitCodes(t *testing.T) {
	for _, args := range [][]string{{"fly"}, {"up", "--colour", "red"}, {"load"}, {"bulletin", "--lang", "fr"}} {
		if r := suite.Run(t, args...); r.Code != 2 || r.Out != "" && !strings.Contains(r.Out, "Usage") {
			t.Errorf("wancun %v: exit code %d, %q", args, r.Code, r.Err)
		}
	}
	if r := suite.Run(t, "--help"); r.Code != 0 || !strings.Contains(r.Out, "load") {
		t.Errorf("--help: exit code %d, %q", r.Code, r.Out)
	}
	if r := suite.Run(t, "version"); r.Code != 0 || !strings.HasPrefix(r.Out, "wancun ") {
		t.Errorf("version: exit code %d, %q", r.Code, r.Out)
	}
}
