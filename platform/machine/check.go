package machine

import (
	"errors"
	"fmt"
	"slices"

	"go.einride.tech/aip/fieldbehavior"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"
)

// declaration collects the errors of a transition while its declaration is resolved.
type declaration struct {
	state  protoreflect.FieldDescriptor
	kind   protoreflect.MessageDescriptor
	method protoreflect.MethodDescriptor
	faults []error
}

// transition resolves the states and fields that a declaration names.
func (m *Machine) transition(kind protoreflect.MessageDescriptor, method protoreflect.MethodDescriptor, d *resourcev1.Transition) (*Transition, error) {
	c := &declaration{state: m.State, kind: kind, method: method}
	t := &Transition{Method: method, Answer: d.GetAnswer(), OtherParty: d.GetOtherParty()}
	for _, name := range d.GetFrom() {
		v := c.value(name)
		if slices.Contains(t.From, v) {
			c.wrong("%s is twice in from", name)
		}
		t.From = append(t.From, v)
	}
	t.To, t.Reopens = c.value(d.GetTo()), c.value(d.GetReopens())
	t.Who, t.Why = c.field(d.GetWho(), "string", isText), c.field(d.GetWhy(), "string", isText)
	t.When = c.field(d.GetWhen(), "time", isTime)
	for _, name := range d.GetClears() {
		t.Clears = append(t.Clears, c.field(name, "field", func(protoreflect.FieldDescriptor) bool { return true }))
	}
	c.fit(t)
	c.reasoned(t)
	return t, errors.Join(c.faults...)
}

func (c *declaration) wrong(format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf("transition of %s: "+format, append([]any{c.method.FullName()}, args...)...))
}

// value returns the state with a name, nil for an empty name.
func (c *declaration) value(name string) protoreflect.EnumValueDescriptor {
	v := c.state.Enum().Values().ByName(protoreflect.Name(name))
	if name != "" && (v == nil || v.Number() == 0) {
		c.wrong("%s has no state %q", c.kind.Name(), name)
	}
	return v
}

// field returns the output-only field with a name, nil for an empty name.
func (c *declaration) field(name, what string, fits func(protoreflect.FieldDescriptor) bool) protoreflect.FieldDescriptor {
	f := c.kind.Fields().ByName(protoreflect.Name(name))
	if name != "" && (f == nil || f == c.state || !isOutputOnly(f) || !fits(f)) {
		c.wrong("%s has no output-only %s %q", c.kind.Name(), what, name)
	}
	return f
}

// fit reports settings of a transition that exclude each other.
func (c *declaration) fit(t *Transition) {
	switch {
	case len(t.From) == 0 && t.To == nil:
		c.wrong("neither from nor to is given")
	case t.To == nil && t.Answer != 0:
		c.wrong("an answer leads to a state: to is missing")
	case len(t.From) == 0 && t.Answer != 0:
		c.wrong("no caller answers for what it creates")
	case t.Answer == 0 && t.OtherParty:
		c.wrong("other_party is for an answer")
	case t.To != nil && t.Reopens != nil:
		c.wrong("one of to and reopens can be given")
	}
}

// reasoned reports a transition that keeps a reason although the reason is not a required field of the request.
func (c *declaration) reasoned(t *Transition) {
	if t.Why == nil {
		return
	}
	reason := c.method.Input().Fields().ByName("reason")
	if reason == nil || !isText(reason) || !fieldbehavior.Has(reason, annotations.FieldBehavior_REQUIRED) {
		c.wrong("%s has no required reason to keep in %s", c.method.Input().Name(), t.Why.Name())
	}
}

// check reports errors that concern several transitions.
func (m *Machine) check(kind protoreflect.MessageDescriptor) error {
	var faults []error
	wrong := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	var first, reopening *Transition
	for _, t := range m.Transitions {
		if t.Reopens != nil {
			if reopening != nil {
				wrong("both %s and %s reopen a %s", reopening.Method.Name(), t.Method.Name(), kind.Name())
			}
			reopening = t
		}
		if len(t.From) == 0 {
			if first != nil {
				wrong("%s has two first states: %s and %s", kind.Name(), first.To.Name(), t.To.Name())
			}
			first = t
		}
		if t.To == nil {
			continue
		}
		if other := m.reached[t.To.Number()]; other != nil && other.Answer != t.Answer {
			wrong("%s and %s lead to the state %s with different answers", other.Method.Name(), t.Method.Name(), t.To.Name())
		}
		m.reached[t.To.Number()] = t
		if t.Answer != 0 {
			m.Authors = kind.Fields().ByName("authors")
			if m.Authors == nil {
				wrong("%s answers for a %s, which has no field authors", t.Method.Name(), kind.Name())
			}
		}
	}
	if first == nil {
		wrong("%s has no first state: no transition is without from", kind.Name())
	}
	if reopening != nil && m.AnswerIn(reopening.Reopens.Number()) != 0 {
		wrong("%s reopens a %s to the state %s, which is an answer", reopening.Method.Name(), kind.Name(), reopening.Reopens.Name())
	}
	for _, s := range m.unreached() {
		wrong("no transition leads to the state %s of a %s", s.Name(), kind.Name())
	}
	return errors.Join(append(faults, m.checkVetted(kind, reopening))...)
}

// checkVetted reports vetted fields without an answer, or without a transition that reopens the resource, and the
// reverse.
func (m *Machine) checkVetted(kind protoreflect.MessageDescriptor, reopening *Transition) error {
	var vetted protoreflect.FieldDescriptor
	for i := range kind.Fields().Len() {
		if f := kind.Fields().Get(i); proto.HasExtension(f.Options(), resourcev1.E_Vetted) {
			vetted = f
		}
	}
	switch {
	case m.Authors == nil && kind.Fields().ByName("authors") != nil:
		return fmt.Errorf("%s has the field authors, and no transition is an answer", kind.Name())
	case m.Authors == nil && vetted != nil:
		return fmt.Errorf("%s is vetted, and no transition is an answer", vetted.FullName())
	case vetted != nil && reopening == nil:
		return fmt.Errorf("%s is vetted, and no transition reopens a %s", vetted.FullName(), kind.Name())
	case vetted == nil && reopening != nil:
		return fmt.Errorf("%s reopens a %s, which has no vetted field", reopening.Method.Name(), kind.Name())
	}
	return nil
}

// unreached returns the states that no sequence of transitions reaches from the first state.
func (m *Machine) unreached() []protoreflect.EnumValueDescriptor {
	at := map[protoreflect.EnumNumber]bool{}
	for before := -1; before != len(at); {
		before = len(at)
		for _, t := range m.Transitions {
			if len(t.From) > 0 && !slices.ContainsFunc(t.From, func(v protoreflect.EnumValueDescriptor) bool { return at[v.Number()] }) {
				continue
			}
			for _, to := range []protoreflect.EnumValueDescriptor{t.To, t.Reopens} {
				if to != nil {
					at[to.Number()] = true
				}
			}
		}
	}
	return slices.DeleteFunc(m.States(), func(v protoreflect.EnumValueDescriptor) bool { return at[v.Number()] })
}

func isText(f protoreflect.FieldDescriptor) bool {
	return f.Kind() == protoreflect.StringKind && !f.IsList()
}

func isTime(f protoreflect.FieldDescriptor) bool {
	return f.Message() != nil && f.Message().FullName() == "google.protobuf.Timestamp" && !f.IsList()
}

func isOutputOnly(f protoreflect.FieldDescriptor) bool {
	return fieldbehavior.Has(f, annotations.FieldBehavior_OUTPUT_ONLY)
}
