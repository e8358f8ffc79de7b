package resource

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/timestamppb"

	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/label"
	"github.com/wancun/wancun/platform/machine"
)

// transition is what a method does to the state of a row. It is nil for a kind without states.
type transition = machine.Transition

// findStates reads the state machine of the kind, and the transition of each request. A kind without states must not
// have authors or vetted fields.
func (s *Store[M]) findStates() error {
	var err error
	s.machine, err = machine.Of(protoregistry.GlobalFiles, s.blank.ProtoReflect().Descriptor())
	switch {
	case err != nil:
		return err
	case s.machine == nil && s.shape.authors != nil:
		return errors.New("the message has the field authors, and no field state that an answer changes")
	case s.machine == nil && len(s.shape.vetted) > 0:
		return fmt.Errorf("the field %s is vetted, and the message has no field state", s.shape.vetted[0].Name())
	case s.machine == nil:
		return nil
	}
	s.transitions = map[protoreflect.FullName]*transition{}
	for _, t := range s.machine.Transitions {
		s.transitions[t.Method.Input().FullName()] = t
	}
	return nil
}

// transitionOf returns the transition of a request's method.
func (s *Store[M]) transitionOf(r Request) (*transition, error) {
	if s.machine == nil {
		return nil, nil //nolint:nilnil // a kind without states has no transitions
	}
	_, t, err := verbOf(s.transitions, r, "change", s.kind.Table)
	return t, err
}

// made returns a new row in its first state. rule may refuse it.
func (s *Store[M]) made(t *Tx, name string, given M, rule func(M) error) (M, error) {
	row := s.named(name, given)
	if s.machine != nil {
		s.move(t, s.machine.First(), row, "")
	}
	before := s.stateOf(row)
	if rule != nil {
		if err := rule(row); err != nil {
			return s.none(), err
		}
	}
	return row, s.stayed(name, before, row)
}

// moving returns a rule that makes a transition. The row must be in one of the states of the transition; rule receives
// the row in the state after it.
func (s *Store[M]) moving(r Request, by *transition, rule func(old, updated M) error) func(t *Tx, old, updated M) error {
	return func(t *Tx, old, updated M) error {
		if s.machine != nil {
			if !by.Admits(s.stateOf(old)) {
				return s.wrongState(by, old)
			}
			s.move(t, by, updated, reasonOf(r))
		}
		before := s.stateOf(updated)
		if rule != nil {
			if err := rule(old, updated); err != nil {
				return err
			}
		}
		return s.stayed(s.nameOf(old), before, updated)
	}
}

// move sets the state after a transition, and the fields that record the caller, the time and the reason.
func (s *Store[M]) move(t *Tx, by *transition, row M, reason string) {
	p := row.ProtoReflect()
	if by.Reopens == nil {
		s.clear(by, row)
	}
	if by.To != nil {
		p.Set(s.machine.State, protoreflect.ValueOfEnum(by.To.Number()))
	}
	if by.Who != nil {
		p.Set(by.Who, protoString(t.by.Subject))
	}
	if by.When != nil {
		p.Set(by.When, protoreflect.ValueOfMessage(timestamppb.New(t.at).ProtoReflect()))
	}
	if by.Why != nil {
		p.Set(by.Why, protoString(reason))
	}
}

// reopen revokes the answer of a row.
func (s *Store[M]) reopen(row M) {
	by := s.machine.Reopening()
	s.clear(by, row)
	row.ProtoReflect().Set(s.machine.State, protoreflect.ValueOfEnum(by.Reopens.Number()))
}

func (s *Store[M]) clear(by *transition, row M) {
	for _, f := range by.Clears {
		row.ProtoReflect().Clear(f)
	}
}

// stayed returns an error if a rule changed the state, which only transitions may do.
func (s *Store[M]) stayed(name string, before protoreflect.EnumNumber, row M) error {
	if after := s.stateOf(row); after != before {
		return fmt.Errorf("change %s: a rule brought it from state %d to %d without a transition", name, before, after)
	}
	return nil
}

// stateOf returns the state of a row, 0 for a kind without states.
func (s *Store[M]) stateOf(row M) protoreflect.EnumNumber {
	if s.machine == nil {
		return 0
	}
	return row.ProtoReflect().Get(s.machine.State).Enum()
}

// answerTo returns the answer that a row has.
func (s *Store[M]) answerTo(row M) resourcev1.Transition_Answer {
	return s.machine.AnswerIn(s.stateOf(row))
}

// wrongState returns the error for a transition that is not possible in the state of a row.
func (s *Store[M]) wrongState(by *transition, row M) error {
	var has label.Words
	needed := make(fault.Choice, len(by.From))
	for i, from := range by.From {
		needed[i] = stateWords(from)
	}
	if v := s.machine.State.Enum().Values().ByNumber(s.stateOf(row)); v != nil {
		has = stateWords(v)
	}
	kind := label.Kind(row.ProtoReflect().Descriptor())
	kind.En = strings.ToLower(kind.En)
	return fault.Precondition(s.nameOf(row), "WRONG_STATE", "%s needs the state %s, and the %s is %s",
		label.Verb(by.Method), needed, kind, has)
}

// stateWords returns the API name of a state for English and its label for Chinese.
func stateWords(v protoreflect.EnumValueDescriptor) label.Words {
	return label.Words{En: string(v.Name()), Zh: label.Value(v).Zh}
}

// reasonOf returns the reason in a request.
func reasonOf(r Request) string {
	if given, ok := r.(interface{ GetReason() string }); ok {
		return given.GetReason()
	}
	return ""
}
