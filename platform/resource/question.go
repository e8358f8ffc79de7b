package resource

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"

	"github.com/wancun/wancun/platform/fault"
)

// Question is a rule that a resource may break on purpose. A write that breaks it is refused with the question, and
// accepted once the caller acknowledges its code. An update asks only what was not asked for the stored resource. The
// limits of `plausible` fields are questions without a declaration.
type Question[M proto.Message] struct {
	// Code names the question in errors, in `acknowledge` and in the journal: IMPLAUSIBLE_VALUE.
	Code string
	// Field is the field that the question is about.
	Field string
	// Asks returns what is unusual, in English and in Chinese, as a completion of the sentence that the field's name
	// begins; "" if nothing is. It must accept an empty message.
	Asks func(M) (english, chinese string)
}

// of returns the question about a message as a violation, and whether there is one.
func (q Question[M]) of(m M) (fault.Violation, bool) {
	english, chinese := q.Asks(m)
	if english == "" {
		return fault.Violation{}, false
	}
	return fault.Violation{
		Field: q.Field, Reason: q.Code, Question: true,
		Description: fmt.Sprintf("%s: acknowledge %s if it is right", english, q.Code),
		Chinese:     fmt.Sprintf("%s：确认无误请用 acknowledge 申明 %s", chinese, q.Code),
	}, true
}

// asking is a rule that returns a question about a message, or none.
type asking[M proto.Message] struct {
	code string
	of   func(M) (fault.Violation, bool)
}

// settleQuestions collects the questions of the store: the limits of plausible fields and the kind's own questions.
func (s *Store[M]) settleQuestions() error {
	fields := s.blank.ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		limit, _ := proto.GetExtension(f.Options(), resourcev1.E_Plausible).(*resourcev1.Plausible)
		if limit == nil {
			continue
		}
		if f.Kind() != protoreflect.Int64Kind || f.IsList() {
			return fmt.Errorf("field %s: only an int64 can be plausible up to a limit", f.FullName())
		}
		s.asked = append(s.asked, plausible[M](f, limit.GetAtMost()))
	}
	for _, q := range s.kind.Questions {
		s.asked = append(s.asked, asking[M]{q.Code, q.of})
	}
	for _, a := range s.asked {
		s.codes = append(s.codes, a.code)
	}
	if s.kind.Likeness != nil {
		s.codes = append(s.codes, codeDuplicate)
	}
	slices.Sort(s.codes)
	s.codes = slices.Compact(s.codes)
	return s.checkQuestions()
}

// plausible asks about values of a field above its limit.
func plausible[M proto.Message](f protoreflect.FieldDescriptor, atMost int64) asking[M] {
	return asking[M]{fault.CodeImplausible(string(f.Name())), func(m M) (fault.Violation, bool) {
		n := m.ProtoReflect().Get(f).Int()
		if n <= atMost {
			return fault.Violation{}, false
		}
		return fault.Implausible(f, n, atMost), true
	}}
}

// acknowledging is a request that can acknowledge questions.
type acknowledging interface{ GetAcknowledge() []string }

// acknowledged returns the codes that a request acknowledges.
func acknowledged(r any) []string {
	if a, ok := r.(acknowledging); ok {
		return a.GetAcknowledge()
	}
	return nil
}

// choice converts values into the alternatives of a text.
func choice[E any](values []E) fault.Choice {
	all := make(fault.Choice, len(values))
	for i, v := range values {
		all[i] = v
	}
	return all
}

// checkAcknowledged refuses codes that the kind never asks, so that a mistyped code is not ignored.
func (s *Store[M]) checkAcknowledged(prefix string, codes []string) error {
	for i, code := range codes {
		if !slices.Contains(s.codes, code) {
			field := fmt.Sprintf("%sacknowledge[%d]", prefix, i)
			return fault.Invalid(field, "QUESTION_UNKNOWN", "must be one of %s", choice(s.codes))
		}
	}
	return nil
}

// answers are the questions about a row that its request acknowledges, and the likeness that the row stores.
type answers struct {
	codes    []string
	likeness string
	open     []fault.Violation // the questions that are not acknowledged
}

// acknowledge records a code as acknowledged if it is among the given ones, and otherwise returns false.
func (a *answers) acknowledge(code string, given ...[]string) bool {
	if !slices.ContainsFunc(given, func(codes []string) bool { return slices.Contains(codes, code) }) {
		return false
	}
	a.codes = append(a.codes, code)
	return true
}

// ask refuses a message with the questions that neither the request nor own acknowledges. before is the version that
// the message replaces, whose questions were acknowledged when it was written; it is empty for a new row.
func (s *Store[M]) ask(t *Tx, name string, before version[M], m M, own []string) (answers, error) {
	given := answers{likeness: before.likeness}
	for _, a := range s.asked {
		v, asked := a.of(m)
		old, was := a.of(before.message)
		if asked && (!was || old.Description != v.Description) && !given.acknowledge(v.Reason, t.acknowledged, own) {
			given.open = append(given.open, v)
		}
	}
	if likeness := s.kind.likenessOf(m); likeness != first(before.likeness) {
		c, err := s.claim(t, likenessColumn, name, likeness)
		if err != nil {
			return answers{}, err
		}
		if err := s.settle(t, name, c, &given, own); err != nil {
			return answers{}, err
		}
	}
	if len(given.open) > 0 {
		return answers{}, fault.Questions(given.open)
	}
	slices.Sort(given.codes)
	given.codes = slices.Compact(given.codes)
	return given, nil
}

// checkQuestions refuses a method whose request cannot acknowledge the kind's questions, or can although there are
// none.
func (s *Store[M]) checkQuestions() error {
	kind := s.blank.ProtoReflect().Descriptor()
	var faults []error
	for m := range methodsBeside(kind) {
		faults = append(faults, s.checkAnswerable(m, kind))
	}
	return errors.Join(faults...)
}

func (s *Store[M]) checkAnswerable(method protoreflect.MethodDescriptor, kind protoreflect.MessageDescriptor) error {
	if !brings(method.Input(), kind) {
		return nil
	}
	f := method.Input().Fields().ByName("acknowledge")
	switch {
	case len(s.codes) > 0 && (f == nil || f.Kind() != protoreflect.StringKind || !f.IsList()):
		return fmt.Errorf("%s: the kind asks %s, and %s has no `repeated string acknowledge` to answer by",
			method.FullName(), strings.Join(s.codes, ", "), method.Input().Name())
	case len(s.codes) == 0 && f != nil:
		return fmt.Errorf("%s: it has an acknowledge, and the kind asks nothing", method.FullName())
	}
	return nil
}

// brings reports whether a request contains a message of the kind, directly or in the requests of a batch.
func brings(request, kind protoreflect.MessageDescriptor) bool {
	for i := range request.Fields().Len() {
		f := request.Fields().Get(i)
		if f.Message() == nil {
			continue
		}
		if f.Message().FullName() == kind.FullName() || f.Name() == "requests" && brings(f.Message(), kind) {
			return true
		}
	}
	return false
}
