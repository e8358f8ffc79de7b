package input

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/route"
	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// stage is a suite with all resources that valid requests name.
type stage struct {
	*suite.Suite
	requests map[string]proto.Message
}

func open(t *testing.T, o suite.Options) stage {
	t.Helper()
	s := suite.Up(t, o)
	world.Build(t, s)
	world.Prepare(t, s)
	return stage{s, world.Requests()}
}

// token returns a token of a caller that may make the call.
func (s stage) token(t *testing.T, m protoreflect.MethodDescriptor) string {
	t.Helper()
	rule, err := access.RuleOf(m)
	if err != nil {
		t.Fatal(err)
	}
	switch role := rule.Roles[0]; role {
	case accessv1.Grant_PUBLIC:
		return s.Token(t, "tester", world.Admin())
	case accessv1.Grant_VILLAGE_TEAM, accessv1.Grant_COUNTY_CLERK, accessv1.Grant_PREFECTURE_CLERK: // these roles need an area
		return s.Token(t, "tester", suite.In(world.Village, role))
	default:
		return s.Token(t, "tester", suite.Everywhere(role))
	}
}

func TestGoodRequestsAreAccepted(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := open(t, o)
		for _, m := range suite.Methods() {
			request, there := s.requests[suite.Name(m)]
			if !there {
				t.Errorf("%s: there is no good request in world.Requests; without one its refusals are not tested", suite.Name(m))
				continue
			}
			token := s.token(t, m)
			if r := suite.Route(t, m, request); r.Verb == http.MethodGet {
				if answer := s.Do(t, authorized(r, token)); answer.Status != http.StatusOK {
					t.Errorf("%s over REST: %d %s", suite.Name(m), answer.Status, answer.Body)
				}
			}
			if _, err := s.Call(suite.WithToken(t.Context(), token), m, request); err != nil {
				t.Errorf("%s: %v", suite.Name(m), err)
			}
		}
	})
}

func authorized(r suite.Request, token string) suite.Request {
	r.Token = token
	return r
}

func TestBadRequestsAreRefusedByName(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := open(t, o)
		tried := 0
		for _, m := range suite.Methods() {
			if s.requests[suite.Name(m)] == nil {
				continue // TestGoodRequestsAreAccepted reports it
			}
			cases := generate(s.requests[suite.Name(m)])
			t.Run(suite.Name(m), func(t *testing.T) {
				token := s.token(t, m)
				for _, b := range cases {
					if b.number == "" {
						tried++
						s.overGRPC(t, m, token, b)
					}
					if expressible(m, b) {
						tried++
						s.overREST(t, m, token, b)
					}
				}
			})
		}
		if tried < 2000 {
			t.Errorf("only %d bad requests were tried", tried)
		}
		t.Logf("%d bad requests", tried)
		if s.Ended() {
			t.Error("the suite is gone")
		}
	})
}

func (s stage) overGRPC(t *testing.T, m protoreflect.MethodDescriptor, token string, b bad) {
	t.Helper()
	var request any = b.request
	var options []grpc.CallOption
	if b.garbled {
		wire, err := proto.Marshal(b.request)
		if err != nil {
			t.Fatal(err)
		}
		request, options = bytes.ReplaceAll(wire, []byte(placeholder), []byte(garbage)), []grpc.CallOption{grpc.ForceCodec(bytesOut{})}
	}
	_, err := s.Call(suite.WithToken(t.Context(), token), m, request, options...)
	refusal := status.Convert(err)
	if refusal.Code() != codes.InvalidArgument {
		t.Errorf("gRPC %s %s: %v, want INVALID_ARGUMENT", b.field, b.what, short(err))
		return
	}
	if !b.garbled && !slices.ContainsFunc(violated(refusal), func(named string) bool { return names(named, b.field) }) {
		t.Errorf("gRPC %s %s: the refusal names %q: %v", b.field, b.what, violated(refusal), short(err))
	}
}

// garbage has the length of the placeholder and is not UTF-8.
const garbage = "a\xff\xfe\xc3\x28b\xed\xa0"

// bytesOut is a codec that sends bytes unchanged and ignores responses, because only the status matters.
type bytesOut struct{}

func (bytesOut) Name() string { return "proto" }

func (bytesOut) Marshal(v any) ([]byte, error) {
	b, ok := v.([]byte)
	if !ok {
		return nil, fmt.Errorf("%T are no bytes", v)
	}
	return b, nil
}

func (bytesOut) Unmarshal([]byte, any) error { return nil }

func violated(s *status.Status) []string {
	var fields []string
	for _, d := range s.Details() {
		if of, ok := d.(*errdetails.BadRequest); ok {
			for _, v := range of.GetFieldViolations() {
				fields = append(fields, v.GetField())
			}
		}
	}
	return fields
}

// names reports whether a violation is on the field or on a field in it.
func names(violation, field string) bool {
	rest, ok := strings.CutPrefix(violation, field)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

func (s stage) overREST(t *testing.T, m protoreflect.MethodDescriptor, token string, b bad) {
	t.Helper()
	r := authorized(suite.Route(t, m, b.request), token)
	if b.number != "" {
		r.Body = bytes.ReplaceAll(bytes.ReplaceAll(r.Body, []byte(strconv.Quote(strconv.Itoa(marked))), []byte(b.number)), []byte(strconv.Itoa(marked)), []byte(b.number))
		for _, values := range r.Query {
			for i, v := range values {
				values[i] = strings.ReplaceAll(v, strconv.Itoa(marked), b.number)
			}
		}
	}
	if b.garbled {
		r.Body = bytes.ReplaceAll(r.Body, []byte(placeholder), []byte(garbage))
		for _, values := range r.Query {
			for i, v := range values {
				values[i] = strings.ReplaceAll(v, placeholder, garbage)
			}
		}
	}
	answer := s.Do(t, r)
	if answer.Status < 400 || answer.Status > 499 {
		t.Errorf("REST %s %s: %d %s", b.field, b.what, answer.Status, cut(string(answer.Body)))
		return
	}
	if inPath(m, b.field) { // a wrong value in the path matches no route, so no field can be named
		return
	}
	p := answer.Problem(t)
	if p.Status != http.StatusBadRequest {
		t.Errorf("REST %s %s: %d %s, want 400", b.field, b.what, p.Status, p.Detail)
	}
	if b.garbled {
		return
	}
	want := place(m, b.field)
	for _, e := range p.Errors {
		if names(strings.ReplaceAll(e.Pointer+e.Parameter, "/", "."), strings.ReplaceAll(want, "/", ".")) {
			return
		}
	}
	t.Errorf("REST %s %s: nothing names %q: %s", b.field, b.what, want, cut(string(answer.Body)))
}

// place returns the place of a field in the REST request: a JSON pointer into the body, or the name of a parameter.
func place(m protoreflect.MethodDescriptor, field string) string {
	var parts, parameter []string
	at := m.Input()
	for part := range strings.SplitSeq(field, ".") {
		name, index, repeated := strings.Cut(strings.TrimSuffix(part, "]"), "[")
		f := at.Fields().ByName(protoreflect.Name(name))
		parts, parameter = append(parts, f.JSONName()), append(parameter, f.JSONName())
		if repeated {
			parts = append(parts, index)
			parameter[len(parameter)-1] += "[" + index + "]"
		}
		at = f.Message()
	}
	first, _, _ := strings.Cut(field, ".")
	switch body := bodyOf(m); body {
	case "*":
		return "/" + strings.Join(parts, "/")
	case first:
		return strings.TrimSuffix("/"+strings.Join(parts[1:], "/"), "/")
	default:
		return strings.Join(parameter, ".")
	}
}

func bodyOf(m protoreflect.MethodDescriptor) string {
	rule, _ := route.Of(m)
	return rule.Body
}

func inPath(m protoreflect.MethodDescriptor, field string) bool {
	rule, _ := route.Of(m)
	return slices.ContainsFunc(rule.Variables, func(v route.Variable) bool { return v.Field == field })
}

// expressible reports whether the request can be written in REST. Messages in lists cannot be query parameters, an
// absent body means an empty message, and a number that is not valid in a proto only exists in JSON text.
func expressible(m protoreflect.MethodDescriptor, b bad) bool {
	body := bodyOf(m)
	first, _, nested := strings.Cut(b.field, ".")
	switch {
	case b.what == "missing" && !nested && first == body, inPath(m, b.field) && (b.garbled || strings.Contains(b.what, "missing")):
		return false
	case body == "" && strings.Contains(b.field, "["):
		return !nested
	default:
		return proto.Size(b.request) < 5<<20
	}
}

func short(err error) string { return cut(fmt.Sprint(err)) }

func cut(s string) string {
	if len(s) > 300 {
		return s[:300] + "…"
	}
	return s
}

func TestABodyThatIsTooLargeIsRefused(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	token := s.Token(t, "tester", world.Admin())
	huge := append(append([]byte(`{"displayName":"`), bytes.Repeat([]byte("x"), 17<<20)...), `"}`...)
	for _, path := range []string{"/v1/organizations", "/v1/divisions:import"} {
		answer := s.Do(t, suite.Request{Verb: http.MethodPost, Path: path, Body: huge, Token: token})
		if p := answer.Problem(t); p.Status != http.StatusRequestEntityTooLarge {
			t.Errorf("17 MB to %s: %d %+v, want 413", path, answer.Status, p)
		}
	}
}

func TestTheAnswerToAWrongVerbNamesTheRightOnes(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	for _, m := range suite.Methods() {
		right := suite.Route(t, m, world.Requests()[suite.Name(m)])
		var allowed []string
		for _, verb := range []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete} {
			answer := s.Do(t, suite.Request{Verb: verb, Path: right.Path})
			if answer.Status != http.StatusMethodNotAllowed {
				allowed = append(allowed, verb)
				continue
			}
			if allow := answer.Header.Get("Allow"); !slices.Contains(strings.Split(allow, ", "), right.Verb) {
				t.Errorf("%s %s: Allow is %q, want %s in it", verb, right.Path, allow, right.Verb)
			}
			if p := answer.Problem(t); p.Reason != "METHOD_NOT_ALLOWED" {
				t.Errorf("%s %s: %+v", verb, right.Path, p)
			}
		}
		if !slices.Contains(allowed, right.Verb) || slices.Contains(allowed, http.MethodPut) || slices.Contains(allowed, http.MethodDelete) {
			t.Errorf("%s takes %v, want %s and never PUT or DELETE", right.Path, allowed, right.Verb)
		}
	}
}
