package gateway_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/wancun/wancun/platform/route"
)

// methods returns the RPCs of the suite that have a route.
func methods() []protoreflect.MethodDescriptor {
	var out []protoreflect.MethodDescriptor
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			for j := range f.Services().Get(i).Methods().Len() {
				m := f.Services().Get(i).Methods().Get(j)
				if strings.HasPrefix(string(f.Package()), "wancun.") && len(route.All(m)) > 0 {
					out = append(out, m)
				}
			}
		}
		return true
	})
	return out
}

// example returns the verb and a path of a request that calls an RPC.
func example(m protoreflect.MethodDescriptor) (verb, path string) {
	rule, _ := route.Of(m)
	return rule.Verb, strings.ReplaceAll(strings.ReplaceAll(rule.Path(), "logs/*", "logs/org"), "*", "x")
}

func TestEveryRPCIsReachedByItsRoute(t *testing.T) {
	h := open(t, refusing(status.Error(codes.Aborted, "reached")))
	all := methods()
	if len(all) < 30 {
		t.Fatalf("only %d RPCs are linked", len(all))
	}
	for _, m := range all {
		t.Run(string(m.FullName()), func(t *testing.T) {
			verb, path := example(m)
			r := ask(t, h, verb, path, "")
			// In the fixture, a stream fails with another status than a call.
			if r.StatusCode != http.StatusConflict && !m.IsStreamingServer() || r.StatusCode == http.StatusNotFound {
				t.Errorf("%s %s is answered %s: %s", verb, path, r.Status, textOf(t, r))
			}
		})
	}
}

func TestAVerbThatAPathDoesNotTakeIsAnsweredWithThoseItTakes(t *testing.T) {
	h := open(t, unreached(t))
	for name, c := range map[string]struct{ verb, target, allow string }{
		"a collection":              {"DELETE", "/v1/organizations", "GET, POST, HEAD"},
		"a resource":                {"PUT", organization, "GET, PATCH, HEAD"},
		"a custom method":           {"GET", organization + ":approve", "POST"},
		"a form instead of a query": {"POST", organization, "GET, PATCH, HEAD"},
	} {
		t.Run(name, func(t *testing.T) {
			r := ask(t, h, c.verb, c.target, "", "Content-Type: application/json")
			if p := problemOf(t, r); p.Status != http.StatusMethodNotAllowed || p.Reason != "METHOD_NOT_ALLOWED" {
				t.Errorf("answered %+v", p)
			}
			if got := r.Header.Get("Allow"); got != c.allow {
				t.Errorf("Allow %q, want %q", got, c.allow)
			}
		})
	}
}

func TestAVerbInAHeaderIsNotObeyed(t *testing.T) {
	r := ask(t, open(t, unreached(t)), "POST", organization, "x=1", "X-HTTP-Method-Override: GET")
	if r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("answered %s", r.Status)
	}
}

func TestAPathThatLeadsNowhereIsNotFound(t *testing.T) {
	h := open(t, unreached(t))
	for _, path := range []string{"/v1/", "/v1/unicorns", "/v1/organizations/a/b", organization + ":fly", "/v2/organizations", "/favicon.ico", "/docs.html"} {
		p := problemOf(t, ask(t, h, "GET", path, ""))
		if p.Status != http.StatusNotFound || p.Reason != "UNKNOWN_PATH" || p.Instance != path {
			t.Errorf("%s is answered %+v", path, p)
		}
	}
}

func TestHeadIsGetWithoutABody(t *testing.T) {
	reached := false
	server := serve(t, open(t, wire(func(context.Context, string, proto.Message, proto.Message) error { reached = true; return nil })))
	r, err := http.Head(server + organization)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	if r.StatusCode != http.StatusOK || !reached || r.ContentLength <= 0 || textOf(t, r) != "" {
		t.Errorf("answered %s, %d bytes announced, reached: %v", r.Status, r.ContentLength, reached)
	}
	if !slices.Equal(r.Header["Etag"], []string{`W/"7"`}) {
		t.Errorf("ETag %q", r.Header["Etag"])
	}
}

func TestPositionsToWaitForAreQueryParameters(t *testing.T) {
	for _, target := range []string{
		"/v1/campaigns/x/bulletin?atLeast=logs/action:1234&atLeast=logs/village:7",
		"/v1/campaigns/x/bulletin:render?at_least=logs%2Faction%3A1234&at_least=logs/village:7",
	} {
		var got []string
		r := ask(t, open(t, wire(func(_ context.Context, _ string, request, _ proto.Message) error {
			got = request.(interface{ GetAtLeast() []string }).GetAtLeast()
			return nil
		})), "GET", target, "")
		if r.StatusCode != http.StatusOK || !slices.Equal(got, []string{"logs/action:1234", "logs/village:7"}) {
			t.Errorf("%s is answered %s and asks for %q", target, r.Status, got)
		}
	}
}
