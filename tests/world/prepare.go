package world

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"

	"github.com/wancun/wancun/platform/machine"
	"github.com/wancun/wancun/platform/route"
	"github.com/wancun/wancun/tests/suite"
)

// Prepare creates the resources that Requests name, in a world that was just built.
func Prepare(tb testing.TB, s *suite.Suite) {
	tb.Helper()
	Bulletin(tb, s, Campaign) // waits until report knows the campaign
	province := s.As(tb, "province", Admin())
	for _, p := range samples() {
		for m := range p.methods() {
			switch {
			case p.There != nil && m.Input().FullName() == p.There.ProtoReflect().Descriptor().FullName():
				_, err := s.Call(province, m, p.There)
				must(tb, "create what "+p.Service+" speaks of", err)
			case p.Create != nil && p.Name == nil && SpeaksOfOne(m):
				p.bring(tb, s, m)
			}
		}
	}
}

// bring creates the resource of an RPC's own, in the first state in which the RPC is allowed.
func (p Sample) bring(tb testing.TB, s *suite.Suite, m protoreflect.MethodDescriptor) {
	tb.Helper()
	callers := map[bool]context.Context{ // by whether the caller answers for what others wrote
		false: s.As(tb, "writer", Admin()),
		true:  s.As(tb, "checker", suite.In(County, accessv1.Grant_COUNTY_CLERK)),
	}
	rpc, id := string(m.Name()), p.ownID(string(m.Name()))
	for _, step := range way(tb, resourceIn(p.Create.ProtoReflect().Descriptor()), m) {
		request := p.requestOf(step.Method)
		if len(step.From) == 0 {
			created := proto.Clone(p.Create).ProtoReflect()
			created.Set(idField(created.Descriptor()), protoreflect.ValueOfString(id))
			request = created.Interface()
		} else {
			put(request.ProtoReflect(), "name", p.own(id))
		}
		_, err := s.Call(callers[step.Answer != resourcev1.Transition_ANSWER_UNSPECIFIED], step.Method, request)
		must(tb, string(step.Method.Name())+" on the way to "+rpc, err)
	}
}

// way returns the transitions that lead to the first state in which an RPC is allowed: to any state if the RPC has no
// transition. For a kind without states, it is the creation.
func way(tb testing.TB, kind protoreflect.MessageDescriptor, rpc protoreflect.MethodDescriptor) []*machine.Transition {
	tb.Helper()
	m, err := machine.Of(protoregistry.GlobalFiles, kind)
	must(tb, "read the states", err)
	if m == nil { // a kind without states
		service, _ := rpc.Parent().(protoreflect.ServiceDescriptor)
		return []*machine.Transition{{Method: service.Methods().ByName("Create" + kind.Name())}}
	}
	allowed := func(protoreflect.EnumNumber) bool { return true }
	if at := slices.IndexFunc(m.Transitions, func(t *machine.Transition) bool { return t.Method.FullName() == rpc.FullName() }); at >= 0 {
		allowed = m.Transitions[at].Admits
	}
	next := [][]*machine.Transition{{m.First()}}
	for range m.States() {
		for _, w := range next {
			if allowed(w[len(w)-1].To.Number()) {
				return w
			}
		}
		var longer [][]*machine.Transition
		for _, w := range next {
			for _, t := range m.Transitions {
				if t.To != nil && t.Admits(w[len(w)-1].To.Number()) {
					longer = append(longer, append(slices.Clone(w), t))
				}
			}
		}
		next = longer
	}
	tb.Fatalf("no way leads to a state in which %s is allowed", rpc.FullName())
	return nil
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
