package gateway_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/gateway"
	"github.com/wancun/wancun/platform/fault"
)

const (
	overview = "/v1/campaigns/five/overview"
	page     = "/v1/campaigns/five/bulletin:render"
)

// ready returns a service that responds with an HttpBody.
func ready(contentType, data string) wire {
	return func(_ context.Context, _ string, _, reply proto.Message) error {
		proto.Merge(reply, &httpbody.HttpBody{ContentType: contentType, Data: []byte(data)})
		return nil
	}
}

func TestAServiceReceivesTheTokenAndTheTraceAndNothingElse(t *testing.T) {
	var received metadata.MD
	h := open(t, wire(func(ctx context.Context, _ string, _, _ proto.Message) error {
		received, _ = metadata.FromOutgoingContext(ctx)
		return nil
	}))
	ask(t, h, "GET", organization, "",
		"Authorization: Bearer t", "Traceparent: 00-1-2-01", "Tracestate: a=b", "Grpc-Metadata-Authorization: Bearer forged",
		"Grpc-Metadata-Role: PROVINCE_ADMIN", "Cookie: other=1", "User-Agent: curl", "X-Whatever: 1")
	if got := received.Get("authorization"); !slices.Equal(got, []string{"Bearer t"}) {
		t.Errorf("authorization %q", got)
	}
	for name := range received {
		if !slices.Contains([]string{"authorization", "traceparent", "tracestate", "x-forwarded-for", "x-forwarded-host"}, name) {
			t.Errorf("%s: %q went through", name, received[name])
		}
	}
	if len(received["traceparent"]) != 1 || len(received["tracestate"]) != 1 {
		t.Errorf("the trace was lost: %v", received)
	}
}

func TestAClientReceivesOfAServicesHeadersTheETagAlone(t *testing.T) {
	r := ask(t, open(t, refusing(nil)), "GET", organization, "")
	for name, values := range r.Header {
		if strings.Contains(strings.Join(values, ""), "of the services") || strings.HasPrefix(name, "Grpc-") {
			t.Errorf("%s: %q", name, values)
		}
	}
	if r.Header.Get("Etag") != `W/"7"` || r.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("ETag %q, Cache-Control %q", r.Header.Get("Etag"), r.Header.Get("Cache-Control"))
	}
}

func TestAnAnswerThatTheClientHasIsNotSentAgain(t *testing.T) {
	h := open(t, ready("application/json", `{"total": 3}`))
	for name, c := range map[string]struct {
		condition string
		want      int
	}{
		"no condition":          {"", 200},
		"as it was sent":        {`W/"7"`, 304},
		"as the service has it": {`"7"`, 304},
		"one of several":        {`"5", W/"7"`, 304},
		"any":                   {"*", 304},
		"an older one":          {`W/"6"`, 200},
		"not quoted":            {"7", 200},
	} {
		t.Run(name, func(t *testing.T) {
			for _, verb := range []string{"GET", "HEAD"} {
				headers := []string{"Accept-Encoding: gzip"}
				if c.condition != "" {
					headers = append(headers, "If-None-Match: "+c.condition)
				}
				r := ask(t, h, verb, overview, "", headers...)
				if r.StatusCode != c.want || r.Header.Get("Etag") != `W/"7"` {
					t.Errorf("%s is answered %s with ETag %s, want %d", verb, r.Status, r.Header.Get("Etag"), c.want)
				}
				if text := textOf(t, r); c.want == 304 && (text != "" || r.Header.Get("Content-Type") != "") {
					t.Errorf("sent all the same: %s %q", r.Header.Get("Content-Type"), text)
				}
			}
		})
	}
	t.Run("a write has no such condition", func(t *testing.T) {
		if r := ask(t, open(t, refusing(nil)), "POST", "/v1/organizations", "{}", "If-None-Match: *"); r.StatusCode != http.StatusOK {
			t.Errorf("answered %s", r.Status)
		}
	})
}

func TestReadyJSONIsSentAsItIs(t *testing.T) {
	r := ask(t, open(t, ready("application/json", `{"b":1,"a":2}`)), "GET", overview, "")
	if got := textOf(t, r); got != `{"b":1,"a":2}` || r.Header.Get("Content-Length") != "13" {
		t.Errorf("sent %s, length %s", got, r.Header.Get("Content-Length"))
	}
}

func TestAnAnswerIsCompressedForThoseWhoAsk(t *testing.T) {
	large := `{"rows": "` + strings.Repeat("village ", 1000) + `"}`
	gunzip := func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }
	unzstd := func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) }
	for name, c := range map[string]struct {
		accepts, body, want string
		open                func(io.Reader) (io.Reader, error)
	}{
		"not asked for":        {"", large, "", nil},
		"gzip":                 {"gzip", large, "gzip", gunzip},
		"the better one":       {"gzip, deflate, br, zstd", large, "zstd", unzstd},
		"another":              {"br", large, "", nil},
		"refused":              {"gzip;q=0", large, "", nil},
		"not worth the effort": {"gzip", `{"rows": ""}`, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			var headers []string
			if c.accepts != "" {
				headers = append(headers, "Accept-Encoding: "+c.accepts)
			}
			r := ask(t, open(t, ready("application/json", c.body)), "GET", overview, "", headers...)
			if got := r.Header.Get("Content-Encoding"); got != c.want {
				t.Fatalf("encoded as %q, want %q", got, c.want)
			}
			if r.Header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("Vary %q", r.Header.Get("Vary"))
			}
			sent := []byte(textOf(t, r))
			if length := r.ContentLength; c.want == "" && length != int64(len(sent)) || c.want != "" && length >= 0 && length != int64(len(sent)) {
				t.Errorf("%d bytes announced, %d sent", length, len(sent))
			}
			if c.open != nil {
				from, err := c.open(bytes.NewReader(sent))
				if err != nil {
					t.Fatal(err)
				}
				if sent, err = io.ReadAll(from); err != nil {
					t.Fatal(err)
				}
			}
			if string(sent) != c.body {
				t.Errorf("arrived as %.40q…", sent)
			}
		})
	}
}

func TestNothingThatIsServedCanBeFramedOrTakenForSomethingElse(t *testing.T) {
	h := open(t, ready("text/html; charset=utf-8", "<!DOCTYPE html><style>p{}</style><p>bulletin"))
	for _, target := range []string{page, overview, "/v1/unicorns", "/healthz", "/openapi.json", "/docs"} {
		r := ask(t, h, "GET", target, "")
		policy := r.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "frame-ancestors 'none'") || r.Header.Get("X-Content-Type-Options") != "nosniff" ||
			r.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", target, r.Header)
		}
		if runs := strings.Contains(policy, "script-src"); runs != (target == "/docs") {
			t.Errorf("%s may run scripts: %v (%s)", target, runs, policy)
		}
	}
}

func TestHealthAndReadiness(t *testing.T) {
	healthy := true
	var log strings.Builder
	h := open(t, unreached(t), logged(&log), func(_ *gateway.Config, d *gateway.Deps) {
		d.Ready = func(context.Context) error {
			if healthy {
				return nil
			}
			return errors.New("org at 10.0.0.7 does not answer")
		}
	})
	if r := ask(t, h, "GET", "/readyz", ""); r.StatusCode != http.StatusOK {
		t.Errorf("ready: %s", r.Status)
	}
	healthy = false
	r := ask(t, h, "GET", "/readyz", "")
	if text := textOf(t, r); r.StatusCode != http.StatusServiceUnavailable || strings.Contains(text, "10.0.0.7") {
		t.Errorf("not ready: %s %s", r.Status, text)
	}
	if !strings.Contains(log.String(), "org at 10.0.0.7 does not answer") {
		t.Errorf("the log has %q", log.String())
	}
	ask(t, h, "GET", "/readyz", "")
	if n := strings.Count(log.String(), "not ready"); n != 1 {
		t.Errorf("one state is logged %d times", n)
	}
	if r := ask(t, h, "GET", "/healthz", ""); r.StatusCode != http.StatusOK {
		t.Errorf("alive: %s", r.Status)
	}
	full := open(t, unreached(t), func(_ *gateway.Config, d *gateway.Deps) {
		d.Ready = func(context.Context) error {
			refusal := fault.Unavailable("STORAGE_FULL", 0, errors.New("/data/org.db")).Saying("nothing can be written")
			return fmt.Errorf("database of org: %w", refusal)
		}
	})
	r = ask(t, full, "GET", "/readyz", "")
	if text := textOf(t, r); r.StatusCode != http.StatusServiceUnavailable || text != "not ready: STORAGE_FULL: nothing can be written\n" {
		t.Errorf("full: %s %q", r.Status, text)
	}
	if r := ask(t, open(t, unreached(t)), "GET", "/readyz", ""); r.StatusCode != http.StatusOK {
		t.Errorf("without conditions: %s", r.Status)
	}
}

func TestAGatewayWithoutAConnectionIsNotMade(t *testing.T) {
	if _, err := gateway.New(t.Context(), gateway.Config{}, gateway.Deps{}); err == nil {
		t.Error("it was made")
	}
}

func TestTheProtocolMayBeHTTP2InTheClear(t *testing.T) {
	server := serve(t, open(t, ready("application/json", `{"a":1}`)))
	protocols := &http.Protocols{}
	protocols.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: protocols}}
	defer client.CloseIdleConnections()
	r, err := client.Get(server + overview)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	if text := textOf(t, r); r.ProtoMajor != 2 || text != `{"a":1}` {
		t.Errorf("%s %s: %s", r.Proto, r.Status, text)
	}
}

func TestTheDocumentDescribesEveryRoute(t *testing.T) {
	r := ask(t, open(t, unreached(t)), "GET", "/openapi.json", "")
	var document struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal([]byte(textOf(t, r)), &document); err != nil {
		t.Fatal(err)
	}
	operations := 0
	for _, path := range document.Paths {
		for verb := range path {
			if slices.Contains([]string{"get", "post", "patch", "delete", "put"}, verb) {
				operations++
			}
		}
	}
	if want := len(methods()); operations != want {
		t.Errorf("%d operations are described, %d RPCs are linked", operations, want)
	}
}
