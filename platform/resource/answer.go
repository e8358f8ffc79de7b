package resource

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/route"
)

// Answer declares that a second person answers for the rows of a kind: verifies, confirms or approves them, or says that
// they are wrong. The message has a field `authors`, in which the store keeps the subjects who wrote the row since an
// answer affirmed it, and [Store.Answer] refuses those subjects whatever roles they have. Only Store.Answer can bring a
// row into an answered state.
type Answer[M proto.Message] struct {
	// State tells how a row is answered.
	State func(M) AnswerState
	// Reopen takes the answer of a row back, so that its State is Unanswered. The store calls it when a change of an answered
	// row changes a vetted field. Nil if the message has no vetted fields.
	Reopen func(M)
	// OtherParty asks for an answer under a role that none of the authors had when they wrote: the parties to a row are the
	// roles that cover it. Without it any other subject may answer.
	OtherParty bool
}

// AnswerState is what a second person said of a row.
type AnswerState int

const (
	// Unanswered says that the row has no answer, or none any more.
	Unanswered AnswerState = iota
	// Affirmed says that a second person answers for what the row holds.
	Affirmed
	// Denied says that a second person refused what the row holds. Its authors remain those who wrote it.
	Denied
)

// Answer is Mutate for a rule that answers for a row. The rule must bring the row into an answered state; its time is the
// one that becomes the update time. PERMISSION_DENIED with the reason FOUR_EYES for a subject who wrote the row since an
// answer affirmed it, and with SAME_PARTY for a caller who has only roles of the authors where the kind asks for another
// party.
func (s *Store[M]) Answer(ctx context.Context, r ChangeRequest, rule func(M, time.Time) error) (M, error) {
	return s.change(ctx, r, change[M]{
		name: r.GetName(), etag: r.GetEtag(), answers: true,
		rule: func(_, updated M, at time.Time) error { return rule(updated, at) },
	})
}

// checkAnswer refuses a kind whose declaration and whose message disagree.
func (s *Store[M]) checkAnswer() error {
	a := s.kind.Answer
	switch {
	case a == nil && s.shape.authors != nil:
		return errors.New("the message has the field authors, and the kind declares no Answer")
	case a == nil && len(s.shape.vetted) > 0:
		return fmt.Errorf("the field %s is vetted, and the kind declares no Answer", s.shape.vetted[0].Name())
	case a == nil:
		return nil
	case s.shape.authors == nil:
		return errors.New("the kind declares an Answer, and the message has no field authors")
	case a.State == nil:
		return errors.New("its Answer has no State")
	case a.Reopen == nil && len(s.shape.vetted) > 0:
		return fmt.Errorf("the field %s is vetted, and its Answer has no Reopen", s.shape.vetted[0].Name())
	}
	return nil
}

// begin makes the caller the author of a new row.
func (s *Store[M]) begin(t *Tx, name string, made M) error {
	if s.kind.Answer == nil {
		return nil
	}
	if s.kind.Answer.State(made) != Unanswered {
		return fmt.Errorf("create %s: it is answered for already", name)
	}
	at, err := s.placeIn(t, name, made)
	if err != nil {
		return err
	}
	s.setAuthors(made, wrote(nil, authorOf(t.by, at), false))
	return nil
}

// attribute keeps the authors of a changed row, whatever the rule did to them. It takes the answer back if what was
// answered for changed, and refuses an answer by one of the authors.
func (s *Store[M]) attribute(t *Tx, at *place, old, updated M, answers bool) error {
	a, name := s.kind.Answer, s.nameOf(old)
	if a == nil {
		if answers {
			return fmt.Errorf("answer for %s: the kind declares no Answer", name)
		}
		return nil
	}
	authors, before := s.authorsOf(old), a.State(old)
	if answers {
		after := a.State(updated)
		if after == Unanswered {
			return fmt.Errorf("answer for %s: the rule gave no answer", name)
		}
		if err := s.mayAnswer(t, at, name, authors); err != nil {
			return err
		}
		s.setAuthors(updated, answered(authors, after))
		return nil
	}
	if before != Unanswered && a.State(updated) == before && s.vettedDiffers(old, updated) {
		a.Reopen(updated)
		if a.State(updated) != Unanswered {
			return fmt.Errorf("change %s: Reopen left the answer", name)
		}
	}
	after := a.State(updated)
	if after != Unanswered && after != before {
		return fmt.Errorf("change %s: it was answered for without Store.Answer", name)
	}
	s.setAuthors(updated, wrote(authors, authorOf(t.by, at), before != after))
	return nil
}

// mayAnswer refuses an answer by one of the authors or, where the kind asks for it, by their party.
func (s *Store[M]) mayAnswer(t *Tx, at *place, name string, authors []*resourcev1.Author) error {
	able := rolesOf(access.Method(t.ctx))
	if authorIn(authors, t.by.Subject) >= 0 {
		return fault.Denied("FOUR_EYES", "the caller wrote %s, so another %s must answer for it", name, rolesText(able))
	}
	if !s.kind.Answer.OtherParty {
		return nil
	}
	var parties []accessv1.Grant_Role
	for _, a := range authors {
		parties = append(parties, a.GetRoles()...)
	}
	isParty := func(r accessv1.Grant_Role) bool { return slices.Contains(parties, r) }
	for _, r := range authorOf(t.by, at).GetRoles() {
		if !isParty(r) {
			return nil
		}
	}
	if able = slices.DeleteFunc(slices.Clone(able), isParty); len(able) == 0 {
		return fault.Denied("SAME_PARTY", "every party wrote a part of %s, so none can answer for it", name)
	}
	return fault.Denied("SAME_PARTY", "the caller's party wrote %s, so a %s must answer for it", name, rolesText(able))
}

func (s *Store[M]) vettedDiffers(old, updated M) bool {
	a, b := old.ProtoReflect(), updated.ProtoReflect()
	return slices.ContainsFunc(s.shape.vetted, func(f protoreflect.FieldDescriptor) bool {
		return a.Has(f) != b.Has(f) || !a.Get(f).Equal(b.Get(f))
	})
}

func (s *Store[M]) authorsOf(m M) []*resourcev1.Author {
	list := m.ProtoReflect().Get(s.shape.authors).List()
	authors := make([]*resourcev1.Author, 0, list.Len())
	for i := range list.Len() {
		if a, ok := list.Get(i).Message().Interface().(*resourcev1.Author); ok {
			authors = append(authors, a)
		}
	}
	return authors
}

func (s *Store[M]) setAuthors(m M, authors []*resourcev1.Author) {
	p := m.ProtoReflect()
	p.Clear(s.shape.authors)
	list := p.Mutable(s.shape.authors).List()
	for _, a := range authors {
		list.Append(protoreflect.ValueOfMessage(a.ProtoReflect()))
	}
}

// authorOf is the caller as an author of a row that belongs to a place.
func authorOf(by access.Principal, at *place) *resourcev1.Author {
	a := &resourcev1.Author{Subject: by.Subject}
	for _, g := range by.Grants {
		if at.coveredBy(g) && !slices.Contains(a.GetRoles(), g.GetRole()) {
			a.Roles = append(a.Roles, g.GetRole())
		}
	}
	return a
}

// wrote returns the authors after a write. A write that reopens the row drops those whose part an answer affirmed,
// because what is asked now is what came after that answer.
func wrote(authors []*resourcev1.Author, by *resourcev1.Author, reopened bool) []*resourcev1.Author {
	after := make([]*resourcev1.Author, 0, len(authors)+1)
	for _, a := range authors {
		if !reopened || !a.GetAffirmed() {
			after = append(after, proto.CloneOf(a))
		}
	}
	i := authorIn(after, by.GetSubject())
	if i < 0 {
		return append(after, by)
	}
	after[i].Affirmed = false
	for _, role := range by.GetRoles() {
		if !slices.Contains(after[i].GetRoles(), role) {
			after[i].Roles = append(after[i].Roles, role)
		}
	}
	return after
}

// answered returns the authors after an answer. They stay authors, so that none of them overrules a later answer.
func answered(authors []*resourcev1.Author, state AnswerState) []*resourcev1.Author {
	after := make([]*resourcev1.Author, len(authors))
	for i, a := range authors {
		after[i] = proto.CloneOf(a)
		after[i].Affirmed = state == Affirmed
	}
	return after
}

func authorIn(authors []*resourcev1.Author, subject string) int {
	return slices.IndexFunc(authors, func(a *resourcev1.Author) bool { return a.GetSubject() == subject })
}

// rolesOf are the roles that a method's policy names, nil for a method that no linked descriptor has.
func rolesOf(method string) []accessv1.Grant_Role {
	m, ok := route.Find(method)
	if !ok {
		return nil
	}
	rule, err := access.RuleOf(m)
	if err != nil {
		return nil
	}
	return rule.Roles
}

// rolesText is a list of roles for a sentence.
func rolesText(roles []accessv1.Grant_Role) fault.Choice {
	if len(roles) == 0 {
		return fault.Choice{"person"}
	}
	return choice(roles)
}
