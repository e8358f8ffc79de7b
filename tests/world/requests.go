package world

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/tests/suite"
)

// samples returns what the tests know of each service, in the order in which Prepare creates resources.
func samples() []Sample {
	return []Sample{
		organizationSample(), divisionSample(), successionSample(), villageSample(), scopeSample(), needSample(),
		campaignSample(), deliverySample(), statementSample(), bulletinSample(), figureSample(), journalSample(), partyBranchSample(), accountSample(), grantSample(), invitationSample(), sessionSample(),
	}
}

// Requests returns a valid request for every RPC, by its short name. Every call makes new requests. They name the
// village and the association; an approval names the foundation. Creations are only validated.
func Requests() map[string]proto.Message {
	all := map[string]proto.Message{}
	for _, p := range samples() {
		for m := range p.methods() {
			if r := p.requestOf(m); r != nil {
				all[suite.Name(m)] = r
			}
		}
	}
	return all
}

// methods iterates over the RPCs of the sample's service.
func (p Sample) methods() func(func(protoreflect.MethodDescriptor) bool) {
	return func(yield func(protoreflect.MethodDescriptor) bool) {
		for _, m := range suite.Methods() {
			if string(m.Parent().Name()) == p.Service && !yield(m) {
				return
			}
		}
	}
}

// Call is an RPC of the contract with a valid request.
type Call struct {
	Method  protoreflect.MethodDescriptor
	Name    string // as suite.Name returns it
	Request proto.Message
}

// Calls returns all RPCs of the contract with their requests in Requests. An RPC without a request fails the test and
// is left out, so that the others are still tested. Others of a sample that are no RPC also fail the test.
func Calls(tb testing.TB) []Call {
	tb.Helper()
	requests := Requests()
	var all []Call
	for _, m := range suite.Methods() {
		name := suite.Name(m)
		request, there := requests[name]
		if !there {
			tb.Errorf("%s: there is no good request for it; add one to the sample of %s in tests/world", name, m.Parent().Name())
			continue
		}
		if got, want := request.ProtoReflect().Descriptor().FullName(), m.Input().FullName(); got != want {
			tb.Errorf("%s: its request in tests/world is a %s, not a %s", name, got, want)
			continue
		}
		all = append(all, Call{m, name, request})
	}
	for _, p := range samples() {
		for rpc := range p.Others {
			if _, there := requests[p.Service+"."+rpc]; !there {
				tb.Errorf("%s.%s: tests/world has a request for it, and it is no RPC", p.Service, rpc)
			}
		}
	}
	return all
}
