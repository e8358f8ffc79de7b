package suite

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/route"
)

// Request is a REST request.
type Request struct {
	Verb, Path string
	Query      url.Values
	Header     http.Header
	Body       []byte // nil: no body
	Token      string
}

// Response is a REST response with its whole body.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Problem is an RFC 9457 problem detail, with the members that tests check.
type Problem struct {
	Status       int
	Code, Reason string
	Detail       string
	Errors       []struct{ Pointer, Parameter, Detail string }
	Acknowledge  []string
}

// browser does not follow redirects, so that tests see them. It keeps enough idle connections for concurrent calls.
var browser = &http.Client{
	Timeout:       patience,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{MaxIdleConnsPerHost: 64},
}

// Do sends a REST request. The test fails if there is no response.
func (s *Suite) Do(tb testing.TB, r Request) Response {
	tb.Helper()
	answer, err := s.send(tb.Context(), r)
	if err != nil {
		tb.Fatalf("%s %s: %v", r.Verb, r.Path, err)
	}
	return answer
}

func (s *Suite) send(ctx context.Context, r Request) (Response, error) {
	address := s.REST + r.Path
	if len(r.Query) > 0 {
		address += "?" + r.Query.Encode()
	}
	q, err := http.NewRequestWithContext(ctx, r.Verb, address, bytes.NewReader(r.Body))
	if err != nil {
		return Response{}, err
	}
	for name, values := range r.Header {
		q.Header[name] = values
	}
	if r.Token != "" {
		q.Header.Set("Authorization", "Bearer "+r.Token)
	}
	if r.Body != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	answer, err := browser.Do(q)
	if err != nil {
		return Response{}, err
	}
	defer answer.Body.Close() //nolint:errcheck // read whole
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return Response{}, fmt.Errorf("read the answer: %w", err)
	}
	return Response{answer.StatusCode, answer.Header, body}, nil
}

// Into decodes a successful response into m.
func (r Response) Into(tb testing.TB, m proto.Message) {
	tb.Helper()
	if r.Status != http.StatusOK {
		tb.Fatalf("status %d: %s", r.Status, r.Body)
	}
	if err := protojson.Unmarshal(r.Body, m); err != nil {
		tb.Fatalf("read answer: %v\n%s", err, r.Body)
	}
}

// Problem decodes a refusal.
func (r Response) Problem(tb testing.TB) Problem {
	tb.Helper()
	var p Problem
	if kind := r.Header.Get("Content-Type"); kind != "application/problem+json" {
		tb.Errorf("status %d comes as %q, not as a problem: %s", r.Status, kind, r.Body)
		return p
	}
	if err := json.Unmarshal(r.Body, &p); err != nil {
		tb.Errorf("read problem: %v\n%s", err, r.Body)
	}
	return p
}

// Route returns the REST request of an RPC according to its route in the proto: path variables from their fields, the
// body from its field, and all other fields as query parameters. It does not use the code of the gateway, which is
// under test.
func Route(tb testing.TB, method protoreflect.MethodDescriptor, request proto.Message) Request {
	tb.Helper()
	if request == nil {
		tb.Fatalf("%s: there is no request to send; good ones stand in tests/world/requests.go", Name(method))
	}
	rule, ok := route.Of(method)
	if !ok {
		tb.Fatalf("%s has no route", method.FullName())
	}
	in := proto.Clone(request).ProtoReflect()
	r := Request{Verb: rule.Verb, Query: url.Values{}}
	r.Path = rule.Fill(func(v route.Variable) string { return (&url.URL{Path: take(in, v.Field)}).EscapedPath() })
	switch body := rule.Body; body {
	case "":
	case "*":
		r.Body = jsonOf(tb, in.Interface())
		return r
	default:
		f := in.Descriptor().Fields().ByName(protoreflect.Name(body))
		r.Body = jsonOf(tb, in.Get(f).Message().Interface())
		in.Clear(f)
	}
	query(r.Query, "", in)
	return r
}

// take removes a string from the message by its path and returns it.
func take(in protoreflect.Message, path string) string {
	first, rest, nested := strings.Cut(path, ".")
	f := in.Descriptor().Fields().ByName(protoreflect.Name(first))
	if nested {
		return take(in.Mutable(f).Message(), rest)
	}
	defer in.Clear(f)
	return in.Get(f).String()
}

func jsonOf(tb testing.TB, m proto.Message) []byte {
	tb.Helper()
	b, err := protojson.Marshal(m)
	if err != nil {
		tb.Fatalf("write %s as JSON: %v", m.ProtoReflect().Descriptor().FullName(), err)
	}
	return b
}

// query adds the set fields of the message as query parameters. Messages in repeated fields cannot be query parameters.
func query(out url.Values, prefix string, in protoreflect.Message) {
	in.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		name := prefix + string(f.Name())
		switch {
		case f.IsList() && f.Message() == nil:
			for i := range v.List().Len() {
				out.Add(name, scalar(f, v.List().Get(i)))
			}
		case f.IsList():
		case f.Message() != nil && f.Message().FullName() == "google.protobuf.FieldMask":
			paths := v.Message().Get(f.Message().Fields().ByName("paths")).List()
			var list []string
			for i := range paths.Len() {
				list = append(list, paths.Get(i).String())
			}
			out.Add(name, strings.Join(list, ","))
		case f.Message() != nil:
			query(out, name+".", v.Message())
		default:
			out.Add(name, scalar(f, v))
		}
		return true
	})
}

func scalar(f protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch f.Kind() {
	case protoreflect.EnumKind:
		if known := f.Enum().Values().ByNumber(v.Enum()); known != nil {
			return string(known.Name())
		}
		return v.String()
	case protoreflect.BytesKind:
		return base64.StdEncoding.EncodeToString(v.Bytes())
	default:
		return v.String()
	}
}

// Eventually waits until the condition is true, and fails the test if it does not become true in time.
func Eventually(tb testing.TB, what string, condition func() bool) {
	tb.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for !condition() {
		select {
		case <-again.C:
		case <-limit.C:
			tb.Fatalf("waited in vain for %s", what)
		}
	}
}
