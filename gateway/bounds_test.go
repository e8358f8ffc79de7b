package gateway_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/gateway"
	"github.com/wancun/wancun/platform/limits"
)

func TestEveryCallHasADeadline(t *testing.T) {
	bounds := func(c *gateway.Config, _ *gateway.Deps) {
		c.Timeout, c.BulkTimeout = 2*time.Second, 30*time.Second
	}
	for name, c := range map[string]struct {
		verb, target, asks string
		want               time.Duration
	}{
		"the usual one":                 {"GET", organization, "", 2 * time.Second},
		"a longer one for a batch":      {"POST", "/v1/organizations:batchCreate", "", 30 * time.Second},
		"a longer one for an import":    {"POST", "/v1/divisions:import", "", 30 * time.Second},
		"a shorter one, if asked for":   {"GET", organization, "500m", 500 * time.Millisecond},
		"a longer one, if asked for":    {"GET", organization, "10S", 10 * time.Second},
		"but not longer than a batch's": {"GET", organization, "99999999H", 30 * time.Second},
		"nor for ever":                  {"GET", organization, "0S", 30 * time.Second},
		"a batch may be asked to hurry": {"POST", "/v1/divisions:import", "1S", time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var left time.Duration
				h := open(t, wire(func(ctx context.Context, _ string, _, _ proto.Message) error {
					at, _ := ctx.Deadline()
					left = time.Until(at)
					return nil
				}), bounds)
				var headers []string
				if c.asks != "" {
					headers = append(headers, "Grpc-Timeout: "+c.asks)
				}
				ask(t, h, c.verb, c.target, "", headers...)
				if left != c.want {
					t.Errorf("the call has %v, want %v", left, c.want)
				}
			})
		})
	}
	t.Run("one that cannot be read is refused", func(t *testing.T) {
		p := problemOf(t, ask(t, open(t, unreached(t)), "GET", organization, "", "Grpc-Timeout: soon"))
		if p.Status != http.StatusBadRequest || !strings.Contains(p.Detail, "grpc-timeout") {
			t.Errorf("answered %+v", p)
		}
	})
}

func TestABodyOfMoreElementsThanItsRequestHasIsRefused(t *testing.T) {
	batch := func(n int, one string) string { return `{"requests":[` + strings.Repeat(one+",", n-1) + one + "]}" }
	for name, c := range map[string]struct {
		target, body string
		refused      string // the pointer to the list; empty if the request is accepted
	}{
		"empty objects":            {"/v1/organizations:batchCreate", batch(500_000, "{}"), "/requests"},
		"objects in objects":       {"/v1/organizations:batchCreate", batch(190_000, `{"organization":{}}`), "/requests"},
		"a list in a change":       {"PATCH /v1/campaigns/x", `{"headings":[` + strings.Repeat("{},", 100) + `{}]}`, "/headings"},
		"one element too many":     {"/v1/organizations:batchCreate", batch(20_001, "{}"), "/requests"},
		"as many as there may be":  {"/v1/organizations:batchCreate", batch(20_000, `{"organization":{"contact":{}}}`), ""},
		"a list in one thing":      {"/v1/campaigns?campaignId=x", `{"headings":[` + strings.Repeat("{},", 100) + `{}]}`, "/headings"},
		"braces that are a text":   {"/v1/organizations", `{"displayName":"\"` + strings.Repeat("{[", 300_000) + `"}`, ""},
		"lists that are not known": {"/v1/organizations:batchCreate", `{"requestId":"x","requests":[` + strings.Repeat("[],", 20_000) + `[]]}`, "/requests"},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, refusing(nil))
			if c.refused != "" {
				h = open(t, unreached(t))
			}
			verb, path, named := strings.Cut(c.target, " ")
			if !named {
				verb, path = "POST", c.target
			}
			r := ask(t, h, verb, path, c.body)
			if c.refused == "" {
				if r.StatusCode != http.StatusOK {
					t.Errorf("answered %s: %.300s", r.Status, textOf(t, r))
				}
				return
			}
			p := problemOf(t, r)
			if p.Status != http.StatusBadRequest || len(p.Errors) != 1 || p.Errors[0].Pointer != c.refused || p.Errors[0].Reason != "REPEATED_MAX_ITEMS" {
				t.Errorf("answered %+v, want REPEATED_MAX_ITEMS at %s", p, c.refused)
			}
		})
	}
}

// Each request holds its memory until its call ends.
func TestBodiesUnderWayShareTheMemory(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	busy := wire(func(context.Context, string, proto.Message, proto.Message) error {
		entered <- struct{}{}
		<-release
		return nil
	})
	h := open(t, busy, func(_ *gateway.Config, d *gateway.Deps) { d.Memory = limits.NewMemory(4 << 20) })
	body := `{"displayName":"` + strings.Repeat("x", 400_000) + `"}`
	post := func(token string) *http.Response {
		return ask(t, h, "POST", "/v1/organizations", body, "Authorization: Bearer "+token)
	}
	answers := make(chan *http.Response)
	go func() { answers <- post("one") }()
	<-entered
	if r := post("one"); problemOf(t, r).Reason != limits.ReasonMemory || r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") != "1" {
		t.Errorf("a second body of the same caller is answered %s, Retry-After %q", r.Status, r.Header.Get("Retry-After"))
	}
	go func() { answers <- post("other") }()
	<-entered // another caller has its own share
	close(release)
	for range 2 {
		if r := <-answers; r.StatusCode != http.StatusOK {
			t.Errorf("answered %s: %s", r.Status, textOf(t, r))
		}
	}
	tooLarge := `{"displayName":"` + strings.Repeat("x", 1_000_000) + `"}`
	if p := problemOf(t, ask(t, h, "POST", "/v1/organizations", tooLarge)); p.Reason != limits.ReasonTooLarge || p.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("a body that would take more than half is answered %+v", p)
	}
}

// broken is a body whose read fails after a part.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

func TestABodyThatDoesNotArriveIsNotTheJSONsFault(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		reason string
	}{
		"too slow":   {os.ErrDeadlineExceeded, http.StatusRequestTimeout, "BODY_TOO_SLOW"},
		"broken off": {errors.New("read tcp 10.0.0.1:8080: connection reset"), http.StatusBadRequest, "BODY_INCOMPLETE"},
	} {
		t.Run(name, func(t *testing.T) {
			w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/v1/organizations", broken{c.err})
			r.Header.Set("Authorization", "Bearer t")
			open(t, unreached(t)).ServeHTTP(w, r)
			p := problemOf(t, w.Result())
			if p.Status != c.status || p.Reason != c.reason || strings.Contains(p.Detail, "10.0.0.1") {
				t.Errorf("answered %+v", p)
			}
		})
	}
}

func TestABodyIsJSON(t *testing.T) {
	for kind, want := range map[string]int{
		"":                                  http.StatusOK,
		"application/json":                  http.StatusOK,
		"application/json; charset=utf-8":   http.StatusOK,
		"text/csv":                          http.StatusUnsupportedMediaType,
		"application/x-www-form-urlencoded": http.StatusUnsupportedMediaType,
		"multipart/form-data; boundary=x":   http.StatusUnsupportedMediaType,
		"/":                                 http.StatusUnsupportedMediaType,
	} {
		t.Run(kind, func(t *testing.T) {
			r := ask(t, open(t, refusing(nil)), "POST", "/v1/organizations", "{}", "Content-Type: "+kind)
			if r.StatusCode != want {
				t.Errorf("answered %s, want %d", r.Status, want)
			}
			if want != http.StatusOK && problemOf(t, r).Reason != "UNSUPPORTED_MEDIA_TYPE" {
				t.Error("for another reason")
			}
		})
	}
}
