package resource

import (
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
)

// begin makes the caller the author of a new row.
func (s *Store[M]) begin(t *Tx, name string, made M) error {
	if s.shape.authors == nil {
		return nil
	}
	at, err := s.placeIn(t, name, made)
	if err != nil {
		return err
	}
	s.setAuthors(made, wrote(nil, authorOf(t.by, at), false))
	return nil
}

// attribute sets the authors of a changed row, whatever the rule did to them. It revokes the answer if a vetted field
// changed, and refuses an answer by one of the authors. by is nil for a change without a transition.
func (s *Store[M]) attribute(t *Tx, at *place, old, updated M, by *transition) error {
	if s.shape.authors == nil {
		return nil
	}
	authors, before := s.authorsOf(old), s.answerTo(old)
	if answersFor(by) {
		if err := s.mayAnswer(t, at, by, s.nameOf(old), authors); err != nil {
			return err
		}
		s.setAuthors(updated, answered(authors, by.Answer))
		return nil
	}
	if before != unanswered && s.answerTo(updated) == before && s.vettedDiffers(old, updated) {
		s.reopen(updated)
	}
	s.setAuthors(updated, wrote(authors, authorOf(t.by, at), before != s.answerTo(updated)))
	return nil
}

const unanswered = resourcev1.Transition_ANSWER_UNSPECIFIED

// answersFor reports whether a transition is an answer.
func answersFor(by *transition) bool { return by != nil && by.Answer != unanswered }

// mayAnswer refuses an answer by one of the authors (PERMISSION_DENIED with the reason FOUR_EYES). If the transition
// requires another party, it also refuses a caller who has only roles of the authors (SAME_PARTY).
func (s *Store[M]) mayAnswer(t *Tx, at *place, by *transition, name string, authors []*resourcev1.Author) error {
	able := rolesOf(by)
	if authorIn(authors, t.by.Subject) >= 0 {
		return fault.Denied("FOUR_EYES", "the caller wrote %s, so another %s must answer for it", name, rolesText(able))
	}
	if !by.OtherParty {
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

// authorOf returns the caller as an author of a row that belongs to a place.
func authorOf(by access.Principal, at *place) *resourcev1.Author {
	a := &resourcev1.Author{Subject: by.Subject}
	for _, g := range by.Grants {
		if at.coveredBy(g) && !slices.Contains(a.GetRoles(), g.GetRole()) {
			a.Roles = append(a.Roles, g.GetRole())
		}
	}
	return a
}

// wrote returns the authors after a write. If the write reopens the row, authors whose part an answer has affirmed are
// dropped, because the next answer is about what was written after that.
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

// answered returns the authors after an answer. They remain authors, so that none of them can overrule a later answer.
func answered(authors []*resourcev1.Author, answer resourcev1.Transition_Answer) []*resourcev1.Author {
	after := make([]*resourcev1.Author, len(authors))
	for i, a := range authors {
		after[i] = proto.CloneOf(a)
		after[i].Affirmed = answer == resourcev1.Transition_AFFIRMS
	}
	return after
}

func authorIn(authors []*resourcev1.Author, subject string) int {
	return slices.IndexFunc(authors, func(a *resourcev1.Author) bool { return a.GetSubject() == subject })
}

// rolesOf returns the roles in the policy of a transition's method. The policy was validated when the store was opened.
func rolesOf(by *transition) []accessv1.Grant_Role {
	rule, err := access.RuleOf(by.Method)
	if err != nil {
		return nil
	}
	return rule.Roles
}

// rolesText returns a list of roles for a sentence.
func rolesText(roles []accessv1.Grant_Role) fault.Choice {
	if len(roles) == 0 {
		return fault.Choice{"person"}
	}
	return choice(roles)
}
