package machine

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"

	"github.com/wancun/wancun/platform/route"
)

// Machine holds the states of a kind and the transitions between them.
type Machine struct {
	// State is the field of the kind that holds the state.
	State protoreflect.FieldDescriptor
	// Authors is the field that lists who wrote what another person has to affirm. It is nil if no transition is an
	// answer.
	Authors protoreflect.FieldDescriptor
	// Transitions are the transitions of all methods, in the order of the methods.
	Transitions []*Transition

	reached map[protoreflect.EnumNumber]*Transition
}

// Transition describes how one method changes the state.
type Transition struct {
	Method protoreflect.MethodDescriptor
	// From lists the states in which the method can be called. It is empty for the method that creates a resource.
	From []protoreflect.EnumValueDescriptor
	// To is the state after the call. It is nil if the state does not change.
	To protoreflect.EnumValueDescriptor
	// Answer is the caller's answer about what others wrote.
	Answer resourcev1.Transition_Answer
	// OtherParty reports whether the answer must come from a role that none of the authors had.
	OtherParty bool
	// Reopens is the state that an answered resource returns to when a vetted field changes. It is nil if there is
	// none.
	Reopens protoreflect.EnumValueDescriptor
	// Who, When and Why are the fields that record the caller, the time and the reason. Each may be nil.
	Who, When, Why protoreflect.FieldDescriptor
	// Clears lists the fields that the transition clears. A transition with Reopens clears them only when it reopens
	// the resource.
	Clears []protoreflect.FieldDescriptor
}

// Of returns the machine of a kind, read from the methods in files. It returns nil if the message has no field `state`.
func Of(files *protoregistry.Files, kind protoreflect.MessageDescriptor) (*Machine, error) {
	m := &Machine{State: kind.Fields().ByName("state"), reached: map[protoreflect.EnumNumber]*Transition{}}
	if m.State == nil {
		return nil, nil //nolint:nilnil // a kind without states has no machine
	}
	if m.State.Enum() == nil || m.State.IsList() || !isOutputOnly(m.State) {
		return nil, fmt.Errorf("%s must be an enum and output-only", m.State.FullName())
	}
	var faults []error
	for method := range methods(files, kind.ParentFile().Package()) {
		declared := declaredBy(method)
		switch writes := writesOne(method, kind); {
		case writes && declared == nil:
			faults = append(faults, fmt.Errorf("%s has no transition", method.FullName()))
		case writes:
			t, err := m.transition(kind, method, declared)
			faults = append(faults, err)
			m.Transitions = append(m.Transitions, t)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	if err := m.check(kind); err != nil {
		return nil, err
	}
	return m, nil
}

// Kind returns the message whose states these are.
func (m *Machine) Kind() protoreflect.MessageDescriptor { return m.State.ContainingMessage() }

// First returns the transition that creates a resource.
func (m *Machine) First() *Transition {
	for _, t := range m.Transitions {
		if len(t.From) == 0 {
			return t
		}
	}
	return nil
}

// Reopening returns the transition that revokes an answer when a vetted field changes, nil if there is none.
func (m *Machine) Reopening() *Transition {
	for _, t := range m.Transitions {
		if t.Reopens != nil {
			return t
		}
	}
	return nil
}

// AnswerIn returns the answer that a resource has in a state.
func (m *Machine) AnswerIn(state protoreflect.EnumNumber) resourcev1.Transition_Answer {
	if t := m.reached[state]; t != nil {
		return t.Answer
	}
	return resourcev1.Transition_ANSWER_UNSPECIFIED
}

// States returns all states except the zero value, in the order of the enum.
func (m *Machine) States() []protoreflect.EnumValueDescriptor {
	values := m.State.Enum().Values()
	states := make([]protoreflect.EnumValueDescriptor, 0, values.Len())
	for i := range values.Len() {
		if v := values.Get(i); v.Number() != 0 {
			states = append(states, v)
		}
	}
	return states
}

// Admits reports whether the method can be called in a state.
func (t *Transition) Admits(state protoreflect.EnumNumber) bool {
	for _, from := range t.From {
		if from.Number() == state {
			return true
		}
	}
	return false
}

// methods iterates over the methods of all services in a package.
func methods(files *protoregistry.Files, of protoreflect.FullName) func(func(protoreflect.MethodDescriptor) bool) {
	return func(yield func(protoreflect.MethodDescriptor) bool) {
		files.RangeFilesByPackage(of, func(f protoreflect.FileDescriptor) bool {
			for method := range methodsOf(f) {
				if !yield(method) {
					return false
				}
			}
			return true
		})
	}
}

// writesOne reports whether a method writes one resource of a kind: it returns the kind, or its path names one resource
// of it.
func writesOne(method protoreflect.MethodDescriptor, kind protoreflect.MessageDescriptor) bool {
	rule, _ := route.Of(method)
	if rule.Verb == http.MethodGet {
		return false
	}
	return method.Output().FullName() == kind.FullName() || rule.Resource() == names(kind)
}

// names returns the pattern of the kind's resource names as HTTP paths have it: villages/*/needs/*.
func names(kind protoreflect.MessageDescriptor) string {
	r, _ := proto.GetExtension(kind.Options(), annotations.E_Resource).(*annotations.ResourceDescriptor)
	if len(r.GetPattern()) == 0 {
		return ""
	}
	segments := strings.Split(r.GetPattern()[0], "/")
	for i, s := range segments {
		if strings.HasPrefix(s, "{") {
			segments[i] = "*"
		}
	}
	return strings.Join(segments, "/")
}

func declaredBy(method protoreflect.MethodDescriptor) *resourcev1.Transition {
	if !proto.HasExtension(method.Options(), resourcev1.E_Transition) {
		return nil
	}
	declared, _ := proto.GetExtension(method.Options(), resourcev1.E_Transition).(*resourcev1.Transition)
	return declared
}
