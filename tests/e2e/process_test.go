package e2e

import (
	"net/http"
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
	cookies := (&http.Response{Header: first.Header}).Cookies()
	if first.Status != http.StatusSeeOther || len(cookies) != 1 || !cookies[0].HttpOnly {
		t.Fatalf("signing in: %d, cookies %v: %s", first.Status, cookies, first.Body)
	}
	if second := s.Do(t, suite.Request{Verb: http.MethodGet, Path: path}); second.Status != http.StatusUnauthorized || second.Header.Get("Set-Cookie") != "" {
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
	t.Run("and opens the API to the browser", func(t *testing.T) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.REST+"/v1/villages", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(cookies[0])
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close() //nolint:errcheck // not read
		if answer.StatusCode != http.StatusOK {
			t.Errorf("status %d", answer.StatusCode)
		}
	})
	t.Run("but not to the page of another site", func(t *testing.T) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.REST+"/v1/organizations/"+world.Foundation+":approve", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(cookies[0])
		r.Header.Set("Origin", "https://other.invalid")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close() //nolint:errcheck // not read
		if answer.StatusCode != http.StatusForbidden {
			t.Errorf("status %d", answer.StatusCode)
		}
	})
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
