package world

import (
	"regexp"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/route"
	"github.com/wancun/wancun/tests/suite"
)

// Call is an RPC of the contract with a valid request.
type Call struct {
	Method  protoreflect.MethodDescriptor
	Name    string // as suite.Name returns it
	Request proto.Message
}

// Calls returns all RPCs of the contract with their requests in Requests. An RPC without a request fails the test and
// is left out, so that the others are still tested. A request without an RPC also fails the test.
func Calls(tb testing.TB) []Call {
	tb.Helper()
	requests := Requests()
	var all []Call
	for _, m := range suite.Methods() {
		name := suite.Name(m)
		request, there := requests[name]
		delete(requests, name)
		if !there {
			tb.Errorf("%s: there is no good request for it; add one to tests/world/requests.go", name)
			continue
		}
		if got, want := request.ProtoReflect().Descriptor().FullName(), m.Input().FullName(); got != want {
			tb.Errorf("%s: its request in tests/world/requests.go is a %s, not a %s", name, got, want)
			continue
		}
		all = append(all, Call{m, name, request})
	}
	for name := range requests {
		tb.Errorf("%s: tests/world/requests.go has a request for it, and it is no RPC", name)
	}
	return all
}

// named matches a route pattern that names one resource.
var named = regexp.MustCompile(`([a-z]+)/\*$`)

// namedBy returns the collection of the existing resource that an RPC's route names, "" if it names none.
func namedBy(m protoreflect.MethodDescriptor) string {
	rule, _ := route.Of(m)
	for _, v := range rule.Variables {
		found := named.FindStringSubmatch(v.Pattern)
		if found != nil && (v.Field == "name" || strings.HasSuffix(v.Field, ".name")) {
			return found[1]
		}
	}
	return ""
}

// SpeaksOfOne reports whether an RPC reads or changes one existing resource, which its request names.
func SpeaksOfOne(m protoreflect.MethodDescriptor) bool { return namedBy(m) != "" }

// speakingOf returns the RPCs of a service, without the service's name, that read or change one existing resource of a
// collection.
func speakingOf(service protoreflect.ServiceDescriptor, collection string) []string {
	var rpcs []string
	for i := range service.Methods().Len() {
		if m := service.Methods().Get(i); namedBy(m) == collection {
			rpcs = append(rpcs, string(m.Name()))
		}
	}
	return rpcs
}
