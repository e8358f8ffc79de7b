package gateway_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/gateway"
	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
)

// unread is a body that fails the test if it is read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

// knowing is a verifier that accepts the tokens of the test.
type knowing map[string]access.Principal

// Verify implements [access.Verifier].
func (k knowing) Verify(_ context.Context, token string) (access.Principal, error) {
	if by, ok := k[token]; ok {
		return by, nil
	}
	if token == "later" {
		return access.Principal{}, fault.Unavailable("ISSUER_UNAVAILABLE", 1, errors.New("no answer"))
	}
	return access.Principal{}, fault.Unauthenticated("TOKEN_INVALID", "the token is not valid")
}

func TestABodyIsReadOnlyOfACallerThatMayMakeTheCall(t *testing.T) {
	known := knowing{"reader": {Subject: "reader", Grants: []*accessv1.Grant{{Role: accessv1.Grant_LEADER}}}}
	h := open(t, unreached(t), func(_ *gateway.Config, d *gateway.Deps) { d.Verifier = known })
	for name, c := range map[string]struct {
		authorization []string
		status        int
		reason        string
	}{
		"without a token":                       {nil, http.StatusUnauthorized, "TOKEN_MISSING"},
		"with a forged token":                   {[]string{"Bearer forged"}, http.StatusUnauthorized, "TOKEN_INVALID"},
		"with two tokens":                       {[]string{"Bearer reader", "Bearer reader"}, http.StatusUnauthorized, "TOKEN_INVALID"},
		"with a password":                       {[]string{"Basic cm9vdDpyb290"}, http.StatusUnauthorized, "TOKEN_INVALID"},
		"without a role that may write":         {[]string{"Bearer reader"}, http.StatusForbidden, "ROLE_MISSING"},
		"while the issuer's keys are not there": {[]string{"Bearer later"}, http.StatusServiceUnavailable, "ISSUER_UNAVAILABLE"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, route := range []string{"/v1/organizations", "/v1/organizations:batchCreate", "/v1/divisions:import"} {
				r := httptest.NewRequest(http.MethodPost, route, unread{t})
				r.Header["Authorization"] = c.authorization
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if p := problemOf(t, w.Result()); p.Status != c.status || p.Reason != c.reason {
					t.Errorf("POST %s answers %+v, want %d %s", route, p, c.status, c.reason)
				}
			}
		})
	}
}

func TestABodyIsAsLargeAsItsMethodNeeds(t *testing.T) {
	filled := func(field string, bytes int) string {
		before, after := `{"`+field+`": "`, `"}`
		return before + strings.Repeat("x", bytes-len(before)-len(after)) + after
	}
	for name, c := range map[string]struct {
		path, body string
		refused    string // empty if the request is accepted
	}{
		"one thing, at the limit":           {"/v1/organizations", filled("displayName", 1<<20), ""},
		"one thing, above the limit":        {"/v1/organizations", filled("displayName", 1<<20+1), "more than 1 MiB"},
		"nothing but room":                  {"/v1/organizations", strings.Repeat(" ", 1<<20) + "{}", "more than 1 MiB"},
		"an answer":                         {"/v1/organizations/51430000MJJ509249B:approve", filled("displayName", 2<<20), "more than 1 MiB"},
		"a batch, larger than one thing is": {"/v1/organizations:batchCreate", filled("requestId", 2<<20), ""},
		"an import, at the limit":           {"/v1/divisions:import", filled("requestId", 16<<20), ""},
		"an import, above the limit":        {"/v1/divisions:import", filled("requestId", 16<<20+1), "more than 16 MiB"},
	} {
		for how, body := range map[string]io.Reader{
			"of a known length": strings.NewReader(c.body), "in pieces": io.MultiReader(strings.NewReader(c.body)),
		} {
			t.Run(name+" "+how, func(t *testing.T) {
				h := open(t, refusing(nil))
				if c.refused != "" {
					h = open(t, unreached(t))
				}
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, serve(t, h)+c.path, body)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Authorization", "Bearer t")
				answer, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				defer answer.Body.Close() //nolint:errcheck // read whole
				if c.refused == "" {
					if text := textOf(t, answer); answer.StatusCode != http.StatusOK && !strings.Contains(text, "unknown field") {
						t.Errorf("answered %s: %.300s", answer.Status, text)
					}
					return
				}
				p := problemOf(t, answer)
				if p.Status != http.StatusRequestEntityTooLarge || p.Reason != "BODY_TOO_LARGE" || !strings.Contains(p.Detail, c.refused) {
					t.Errorf("answered %+v, want 413 with %q", p, c.refused)
				}
			})
		}
	}
}
