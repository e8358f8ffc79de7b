package gateway_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
)

func TestARequestThatWouldBeReadInPartIsRefused(t *testing.T) {
	const batch = "/v1/campaigns/x/deliveries:batchCreate"
	for name, c := range map[string]struct {
		verb, target, body string
		headers            []string
		status             int
		reason, says       string
	}{
		"two objects": {"POST", "/v1/organizations", `{"uscc": "a"}{"uscc": "b"}`, nil, 400, "MALFORMED_REQUEST",
			"the body must be one JSON object, and something follows it after byte 13"},
		"two objects in a change": {"PATCH", organization, `{"uscc": "a"} {"uscc": "b"}`, nil, 400, "MALFORMED_REQUEST",
			"the body must be one JSON object, and something follows it after byte 13"},
		"an object and garbage": {"POST", organization + ":approve", "{}\n]", nil, 400, "MALFORMED_REQUEST",
			"the body must be one JSON object, and something follows it after byte 2"},
		"a list":   {"POST", batch, `[{}]`, nil, 400, "MALFORMED_REQUEST", "the body must be an object"},
		"a string": {"POST", batch, `"{}"`, nil, 400, "MALFORMED_REQUEST", "the body must be an object"},
		"null":     {"POST", batch, `null`, nil, 400, "MALFORMED_REQUEST", "the body must be an object"},
		"a name in both spellings": {"POST", "/v1/organizations", `{"displayName": "a", "display_name": "b"}`, nil, 400, "MALFORMED_REQUEST",
			"display_name: is given more than once"},
		"a name given twice in a row": {"POST", batch, `{"requests": [{"delivery": {"note": "a", "note": "b"}}]}`, nil, 400, "MALFORMED_REQUEST",
			"requests[0].delivery.note: is given more than once"},
		"another name than the path's": {"POST", organization + ":approve", `{"name": "organizations/other"}`, nil, 400, "PATH_CONTRADICTED",
			"name: must be organizations/51430000500011111X, as in the path, or left out"},
		"another name than the path's in a change": {"PATCH", organization, `{"name": "organizations/other", "uscc": "a"}`, nil, 400, "PATH_CONTRADICTED",
			"name: must be organizations/51430000500011111X, as in the path, or left out"},
		"another parent than the path's": {"POST", batch, `{"requests": [{}], "parent": "campaigns/y"}`, nil, 400, "PATH_CONTRADICTED",
			"parent: must be campaigns/x, as in the path, or left out"},
		"a body where none is read": {"GET", "/v1/organizations", `{"pageSize": 3}`, nil, 400, "UNEXPECTED_BODY",
			"this request takes no body: give its fields in the query"},
		"parameters separated by a semicolon": {"GET", "/v1/organizations?pageSize=3;filter=x", "", nil, 400, "MALFORMED_REQUEST",
			"the query cannot be read: separate parameters by &, and write a semicolon as %3B"},
		"a percent sign that escapes nothing": {"GET", "/v1/organizations?filter=5%&pageSize=3", "", nil, 400, "MALFORMED_REQUEST",
			"the path or the query is not UTF-8, or has a percent sign without two hexadecimal digits after it"},
		"a body in another character set": {"POST", "/v1/organizations", `{}`, []string{"Content-Type: application/json; charset=gb18030"}, 415,
			"UNSUPPORTED_MEDIA_TYPE", "the body must be application/json, in UTF-8"},
		"a compressed body": {"POST", "/v1/organizations", `{}`, []string{"Content-Encoding: gzip"}, 415,
			"UNSUPPORTED_MEDIA_TYPE", "the body must not be compressed: send it without Content-Encoding"},
	} {
		t.Run(name, func(t *testing.T) {
			p := problemOf(t, ask(t, open(t, unreached(t)), c.verb, c.target, c.body, c.headers...))
			if p.Status != c.status || p.Reason != c.reason || p.Detail != c.says {
				t.Errorf("answered %+v, want %d %s: %s", p, c.status, c.reason, c.says)
			}
		})
	}
}

func TestAResumedStreamWithAQueryThatCannotBeReadIsRefused(t *testing.T) {
	p := problemOf(t, ask(t, open(t, unreached(t)), "GET", "/v1/logs/org/entries?after=1;follow=true", "", "Last-Event-ID: 7"))
	if p.Status != 400 || p.Reason != "MALFORMED_REQUEST" {
		t.Errorf("answered %+v", p)
	}
}

func TestWhatSaysTheSameOrNothingIsTaken(t *testing.T) {
	for name, c := range map[string]struct{ verb, target, body string }{
		"white space after the body":         {"POST", "/v1/organizations", "{}\r\n\t "},
		"the name that the path gives":       {"PATCH", organization, `{"name": "organizations/51430000500011111X"}`},
		"an empty name":                      {"POST", organization + ":approve", `{"name": ""}`},
		"the body's own charset":             {"POST", "/v1/organizations", "{}"},
		"no body where all may be left out":  {"POST", organization + ":approve", ""},
		"an escaped semicolon in the filter": {"GET", "/v1/organizations?filter=a%3Bb", ""},
	} {
		t.Run(name, func(t *testing.T) {
			called := false
			h := open(t, wire(func(context.Context, string, proto.Message, proto.Message) error { called = true; return nil }))
			if r := ask(t, h, c.verb, c.target, c.body, "Content-Type: application/json; charset=UTF-8"); r.StatusCode != http.StatusOK || !called {
				t.Errorf("answered %s %s", r.Status, textOf(t, r))
			}
		})
	}
	t.Run("an empty body of unknown length", func(t *testing.T) {
		r := httptest.NewRequest(http.MethodGet, organization, io.MultiReader(strings.NewReader("")))
		w := httptest.NewRecorder()
		open(t, refusing(nil)).ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Errorf("answered %d %s", w.Code, w.Body)
		}
	})
	t.Run("but not one that breaks off", func(t *testing.T) {
		for _, verb := range []string{http.MethodGet, http.MethodPatch} {
			r := httptest.NewRequest(verb, organization, io.MultiReader(failing{}))
			r.Header.Set("Authorization", "Bearer t")
			w := httptest.NewRecorder()
			open(t, unreached(t)).ServeHTTP(w, r)
			if p := problemOf(t, w.Result()); p.Status != 400 || p.Reason != "BODY_INCOMPLETE" {
				t.Errorf("%s is answered %+v", verb, p)
			}
		}
	})
}

// failing is a body whose connection fails.
type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("connection reset") }
