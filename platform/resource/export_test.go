package resource

import (
	"context"
	"regexp"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/fault"
)

// ConditionOf is the SQL condition and the arguments that a kind makes of a filter, for tests without a database.
func ConditionOf[M proto.Message](kind Kind[M], filter string) (string, []any, error) {
	s, err := bare(kind)
	if err != nil {
		return "", nil, err
	}
	rules, err := protovalidate.New()
	if err != nil {
		return "", nil, err
	}
	s.kit = &Kit{validator: rules}
	if s.filters, err = s.newFilters(); err != nil {
		return "", nil, err
	}
	var args []any
	condition, err := s.filters.sql(filter, &args, s.find(context.Background()))
	return condition, args, err
}

// RuleOf is what a declared rule answers to the pieces of a pattern, and its regular expression; nil for a rule of a length.
func RuleOf(declared protoreflect.FieldDescriptor) (func(pieces ...string) bool, *regexp.Regexp, error) {
	r, err := ruleOf(declared)
	if err != nil || r == nil {
		return nil, nil, err
	}
	return func(pieces ...string) bool { return r.matches(pieces, false) }, regexp.MustCompile(r.expression), nil
}

// Item is a resource of a batch under a name that a test chooses.
type Item[M proto.Message] struct {
	Name        string
	Message     M
	Acknowledge []string
}

// Batch is the outcome of CreateItems.
type Batch[M proto.Message] struct {
	Items              []M
	Created, Unchanged int32
}

// CreateNamed is Create under a name that a test chooses, without the fields of the request.
func (s *Store[M]) CreateNamed(ctx context.Context, r Request, name string, m M, rule func(M) error) (M, error) {
	return s.createNamed(ctx, r, name, m, rule)
}

// CreateItems is BatchCreate under names that a test chooses, without the rows of the request.
func (s *Store[M]) CreateItems(ctx context.Context, r BatchRequest, items []Item[M], rule func(M) error) (Batch[M], error) {
	rows := make([]item[M], len(items))
	for i, it := range items {
		rows[i] = item[M]{name: it.Name, message: it.Message, acknowledged: it.Acknowledge}
	}
	b, err := s.createBatch(ctx, r, rows, rule)
	return Batch[M]{Items: b.items, Created: b.created, Unchanged: b.unchanged}, err
}

// Change changes a row by a rule that may set anything, as if a method of the kind did that.
func (s *Store[M]) Change(ctx context.Context, r ChangeRequest, rule func(M) error) (M, error) {
	return s.change(ctx, r, change[M]{name: r.GetName(), etag: r.GetEtag(), rule: func(_ *Tx, _, updated M) error { return rule(updated) }})
}

// AnyOtherAnswers lets every other subject answer, where the contract asks for another party.
func (s *Store[M]) AnyOtherAnswers() {
	for _, t := range s.machine.Transitions {
		t.OtherParty = false
	}
}

// UpdateBy is Update with another resource than the request's.
func (s *Store[M]) UpdateBy(ctx context.Context, r UpdateRequest, m M, rule func(old, updated M) error) (M, error) {
	return s.updateBy(ctx, r, m, rule)
}

// WrongDays are the violations of the days of a message.
func WrongDays(m proto.Message, today day.Day) []fault.Violation {
	return wrongDays(dayFieldsOf(m.ProtoReflect().Descriptor()), m.ProtoReflect(), today)
}
