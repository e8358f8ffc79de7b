package e2e

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"

	"github.com/wancun/wancun/platform/fault"

	"github.com/wancun/wancun/tests/decisions"
	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

const refused = "-"

// event is a line of the tables in states, which have a file for each gRPC service: the state of a resource after each
// method in each state; a hyphen says that the method is refused. by says who calls: the writer of the resource, or the
// checker, who answers for it. An update changes a vetted field where there is one.
type event struct{ method, by, state, then string }

func (e event) service() string {
	service, _, _ := strings.Cut(e.method, ".")
	return service
}

func states(t *testing.T) []event {
	t.Helper()
	var all []event
	for _, r := range decisions.In(t, "states/*.csv") {
		all = append(all, event{r[0], r[1], r[2], r[3]})
	}
	return all
}

// A state machine is declared in the protos and enforced by the kit from there. What must be allowed is decided once more
// in the tables in states, which the declarations do not know.
func TestEveryMethodIsAllowedInTheStatesDecidedAndRefusedInTheOthers(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := suite.Up(t, o)
		world.Build(t, s)
		m := machines{
			T: t, suite: s, events: states(t), calls: map[string]world.Call{},
			callers: map[string]context.Context{
				"writer":  s.As(t, "writer", world.Admin()),
				"checker": s.As(t, "checker", suite.In("433124", accessv1.Grant_COUNTY_CLERK)),
			},
		}
		for _, c := range world.Calls(t) {
			m.calls[c.Name] = c
		}
		m.complete()
		for _, e := range m.events {
			if e.state != "" {
				m.try(e)
			}
		}
	})
}

// machines tries the events of the tables in states.
type machines struct {
	*testing.T
	suite   *suite.Suite
	events  []event
	calls   map[string]world.Call
	callers map[string]context.Context
	made    int
}

// complete fails the test unless every method that has a transition is decided for every state of its resource.
func (m *machines) complete() {
	m.Helper()
	decided := map[event]bool{}
	for _, e := range m.events {
		decided[event{method: e.method, state: e.state}] = true
	}
	for name, c := range m.calls {
		transition, _ := proto.GetExtension(c.Method.Options(), resourcev1.E_Transition).(*resourcev1.Transition)
		if transition == nil {
			continue
		}
		values := c.Method.Output().Fields().ByName("state").Enum().Values()
		for i := range values.Len() {
			state := string(values.Get(i).Name())
			if i == 0 {
				state = "" // of a resource that is not there
			}
			if creates := len(transition.GetFrom()) == 0; creates != (state == "") {
				continue
			}
			if of := (event{method: name, state: state}); !decided[of] {
				m.Errorf("tests/e2e/states does not decide about %s in the state %q", name, state)
			} else {
				delete(decided, of)
			}
		}
	}
	for e := range decided {
		m.Errorf("tests/e2e/states decides about %s in the state %q, and it has no such transition", e.method, e.state)
	}
}

// try brings a new resource into the state of an event and calls its method.
func (m *machines) try(e event) {
	m.Helper()
	name := m.in(e.service(), e.state)
	before := m.get(e.service(), name)
	after, err := m.call(e, name)
	if e.then != refused {
		if err != nil || stateOf(after) != e.then {
			m.Errorf("%s of a %s resource leads to %q (%v), want %s", e.method, e.state, stateOf(after), err, e.then)
		}
		return
	}
	f, ok := fault.From(err)
	if !ok || f.Code() != codes.FailedPrecondition || f.Reason() != "WRONG_STATE" || !strings.Contains(f.Error(), e.state) {
		m.Errorf("%s of a %s resource: %v, want a refusal that names the state", e.method, e.state, err)
	}
	if !proto.Equal(before, m.get(e.service(), name)) {
		m.Errorf("%s of a %s resource was refused and changed it", e.method, e.state)
	}
}

// in is the name of a new resource that the shortest way of events has brought into a state.
func (m *machines) in(service, state string) string {
	m.Helper()
	ways := map[string][]event{"": {}} // to each state, from none
	for before := 0; before != len(ways); {
		before = len(ways)
		for _, from := range slices.Sorted(maps.Keys(ways)) {
			for _, e := range m.events {
				if _, known := ways[e.then]; !known && e.service() == service && e.state == from && e.then != refused {
					ways[e.then] = append(slices.Clone(ways[from]), e)
				}
			}
		}
	}
	way, known := ways[state]
	if !known {
		m.Fatalf("tests/e2e/states has no way of %s to the state %s", service, state)
	}
	name := ""
	for _, e := range way {
		made, err := m.call(e, name)
		if err != nil {
			m.Fatalf("%s on the way to the state %s: %v", e.method, state, err)
		}
		name = made.ProtoReflect().Get(made.ProtoReflect().Descriptor().Fields().ByName("name")).String()
	}
	return name
}

// call makes the call of an event for a resource; without a name it creates one.
func (m *machines) call(e event, name string) (proto.Message, error) {
	m.Helper()
	c := m.calls[e.method]
	request := proto.Clone(c.Request).ProtoReflect()
	if name == "" {
		m.renew(request)
	} else {
		rename(request, name)
	}
	return m.suite.Call(m.callers[e.by], c.Method, request.Interface())
}

// renew makes the good request of a creation one that creates, and another resource each time.
func (m *machines) renew(request protoreflect.Message) {
	m.made++
	fields := request.Descriptor().Fields()
	for i := range fields.Len() {
		switch f := fields.Get(i); {
		case f.Name() == "validate_only" || f.Name() == "request_id":
			request.Clear(f)
		case strings.HasSuffix(string(f.Name()), "_id"):
			request.Set(f, protoreflect.ValueOfString(world.ID("state", m.made)))
		case f.Message() != nil && f.Message().Fields().ByName("uscc") != nil:
			of := request.Mutable(f).Message()
			of.Set(f.Message().Fields().ByName("uscc"), protoreflect.ValueOfString(fmt.Sprintf("51433124MJJ%06d9", m.made)))
			of.Set(f.Message().Fields().ByName("uscc_override_reason"), protoreflect.ValueOfString("示例"))
		}
	}
}

// rename makes a request one about a resource. An update, which must change something, gives it another text.
func rename(request protoreflect.Message, name string) {
	fields := request.Descriptor().Fields()
	if f := fields.ByName("name"); f != nil {
		request.Set(f, protoreflect.ValueOfString(name))
		return
	}
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.Message() == nil || f.IsList() || f.Message().Fields().ByName("name") == nil {
			continue
		}
		of := request.Mutable(f).Message()
		of.Set(f.Message().Fields().ByName("name"), protoreflect.ValueOfString(name))
		for _, text := range []protoreflect.Name{"display_name", "description"} {
			if f := f.Message().Fields().ByName(text); f != nil {
				of.Set(f, protoreflect.ValueOfString("示例改动"))
			}
		}
	}
}

func (m *machines) get(service, name string) proto.Message {
	m.Helper()
	c := m.calls[service+".Get"+strings.TrimSuffix(service, "Service")]
	request := proto.Clone(c.Request).ProtoReflect()
	rename(request, name)
	got, err := m.suite.Call(m.callers["writer"], c.Method, request.Interface())
	if err != nil {
		m.Fatalf("get %s: %v", name, err)
	}
	return got
}

// stateOf is the name of a resource's state, empty for none.
func stateOf(of proto.Message) string {
	if of == nil || !of.ProtoReflect().IsValid() {
		return ""
	}
	f := of.ProtoReflect().Descriptor().Fields().ByName("state")
	return string(f.Enum().Values().ByNumber(of.ProtoReflect().Get(f).Enum()).Name())
}
