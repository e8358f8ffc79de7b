package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/gateway"
	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/servertest"
)

// wire is a connection to services whose responses the test defines.
type wire func(ctx context.Context, method string, request, reply proto.Message) error

// Invoke implements [grpc.ClientConnInterface].
func (w wire) Invoke(ctx context.Context, method string, request, reply any, opts ...grpc.CallOption) error {
	for _, o := range opts {
		if o, ok := o.(grpc.HeaderCallOption); ok {
			*o.HeaderAddr = metadata.Pairs("etag", `"7"`, "secret", "of the services", "cache-control", "public")
		}
	}
	return w(ctx, method, request.(proto.Message), reply.(proto.Message))
}

// NewStream implements [grpc.ClientConnInterface].
func (w wire) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, errors.New("no streams here")
}

// refusing returns an error for every call.
func refusing(err error) wire {
	return func(context.Context, string, proto.Message, proto.Message) error { return err }
}

// unreached is a connection that fails the test if it receives a call.
func unreached(t *testing.T) wire {
	return func(_ context.Context, method string, _, _ proto.Message) error {
		t.Errorf("%s was called", method)
		return errors.New("called")
	}
}

// everyone is a verifier that accepts any token. The caller has all roles everywhere.
type everyone struct{}

// Verify implements [access.Verifier].
func (everyone) Verify(_ context.Context, token string) (access.Principal, error) {
	by := access.Principal{Subject: token}
	for role := range accessv1.Grant_Role_name {
		by.Grants = append(by.Grants, &accessv1.Grant{Role: accessv1.Grant_Role(role)})
	}
	return by, nil
}

// open returns a gateway with one connection to all services. change adjusts its dependencies.
func open(tb testing.TB, conn grpc.ClientConnInterface, change ...func(*gateway.Config, *gateway.Deps)) http.Handler {
	tb.Helper()
	var c gateway.Config
	d := gateway.Deps{Org: conn, Village: conn, Action: conn, Report: conn, Verifier: everyone{}, Logger: servertest.Logger(tb)}
	for _, one := range change {
		one(&c, &d)
	}
	h, err := gateway.New(tb.Context(), c, d)
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// ask sends a request to the handler, with headers as "Name: value". A request with a body has a token unless the
// headers contain one.
func ask(t *testing.T, h http.Handler, verb, target, body string, headers ...string) *http.Response {
	t.Helper()
	var from io.Reader
	if body != "" {
		from = strings.NewReader(body)
	}
	r := httptest.NewRequest(verb, target, from)
	if body != "" {
		r.Header.Set("Authorization", "Bearer t")
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// problem is an error as a client reads it.
type problem struct {
	Type, Title, Detail, Instance, Code, Reason, Resource string

	Status                     int
	Errors                     []problemError
	FurtherErrors, FurtherRows int

	Acknowledge []string
}

type problemError struct {
	Pointer, Parameter, Label, Detail, Reason string

	Rows  []rowRange
	Count int
}

type rowRange struct{ First, Last int }

// problemOf returns the problem in a response, and fails the test if the response is not a problem.
func problemOf(t *testing.T, r *http.Response) problem {
	t.Helper()
	text := textOf(t, r)
	if kind := r.Header.Get("Content-Type"); kind != "application/problem+json" {
		t.Fatalf("answered %s as %q, want a problem: %s", r.Status, kind, text)
	}
	var p problem
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	if p.Status != r.StatusCode {
		t.Errorf("the problem says %d, the status line %d", p.Status, r.StatusCode)
	}
	return p
}

func textOf(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// signInCodes are one-time codes with the paths that they lead to.
type signInCodes map[string]string

// Redeem implements [gateway.SignIn].
func (c signInCodes) Redeem(_ context.Context, code string) (string, error) {
	if strings.HasSuffix(code, "…") {
		return "", fault.Invalid("code", "CODE_MALFORMED", "is not a whole sign-in code")
	}
	path, ok := c[code]
	if !ok {
		return "", fault.Unauthenticated("CODE_INVALID", "the sign-in code is not valid any more")
	}
	delete(c, code)
	return path, nil
}

// logged collects the log of the gateway.
func logged(to *strings.Builder) func(*gateway.Config, *gateway.Deps) {
	return func(_ *gateway.Config, d *gateway.Deps) { d.Logger = slog.New(slog.NewTextHandler(to, nil)) }
}

// serve serves the handler on the loopback interface until the test ends, like `wancun up`, and returns its address.
func serve(tb testing.TB, h http.Handler) string {
	tb.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.Protocols = &http.Protocols{}
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	tb.Cleanup(s.Close)
	return s.URL
}
