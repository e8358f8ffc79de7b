package resource

import (
	"context"
	"iter"
	"regexp"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/fault"
)

// ConditionOf returns the SQL condition and the arguments of a filter, for tests without a database.
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

// RuleOf returns the matcher of a declared rule and its regular expression; nil for a rule that only limits the length.
func RuleOf(declared protoreflect.FieldDescriptor) (func(pieces ...string) bool, *regexp.Regexp, error) {
	r, err := ruleOf(declared)
	if err != nil || r == nil {
		return nil, nil, err
	}
	return func(pieces ...string) bool { return r.matches(pieces, false) }, regexp.MustCompile(r.expression), nil
}

// Item is a resource of a batch with a name that the test chooses.
type Item[M proto.Message] struct {
	Name        string
	Message     M
	Acknowledge []string
}

// Batch is the result of CreateItems.
type Batch[M proto.Message] struct {
	Items              []M
	Created, Unchanged int32
}

// CreateNamed is Create with a name that the test chooses, without the fields of the request.
func (s *Store[M]) CreateNamed(ctx context.Context, r Request, name string, m M, rule func(M) error) (M, error) {
	return s.createNamed(ctx, r, name, m, rule)
}

// CreateItems is BatchCreate with names that the test chooses, without the rows of the request.
func (s *Store[M]) CreateItems(ctx context.Context, r BatchRequest, items []Item[M], rule func(M) error) (Batch[M], error) {
	rows := make([]item[M], len(items))
	for i, it := range items {
		rows[i] = item[M]{name: it.Name, message: it.Message, acknowledged: it.Acknowledge}
	}
	b, err := s.createBatch(ctx, r, rows, rule)
	return Batch[M]{Items: b.items, Created: b.created, Unchanged: b.unchanged}, err
}

// Change changes a row by a rule that may set any field, as if a method of the kind did it.
func (s *Store[M]) Change(ctx context.Context, r ChangeRequest, rule func(M) error) (M, error) {
	return s.change(ctx, r, change[M]{name: r.GetName(), etag: r.GetEtag(), rule: func(_ *Tx, _, updated M) error { return rule(updated) }})
}

// AnyOtherAnswers lets any other subject answer, also where the contract requires another party.
func (s *Store[M]) AnyOtherAnswers() {
	for _, t := range s.machine.Transitions {
		t.OtherParty = false
	}
}

// UpdateBy is Update with a resource that is not in the request.
func (s *Store[M]) UpdateBy(ctx context.Context, r UpdateRequest, m M, rule func(old, updated M) error) (M, error) {
	return s.updateBy(ctx, r, m, rule)
}

// WrongDays returns the violations of the days in a message.
func WrongDays(m proto.Message, today day.Day) []fault.Violation {
	return wrongDays(dayFieldsOf(m.ProtoReflect().Descriptor()), m.ProtoReflect(), today)
}

// MaxImport is the greatest number of rows in an import.
const MaxImport = maxImport

// Progress is how far an import is.
type Progress struct{ Read, Checked, Written int32 }

// Imported is the result of an import.
type Imported struct{ Created, Unchanged int32 }

// ImportAll imports the rows of messages, and calls at between portions, so that a test can act there.
func (s *Store[M]) ImportAll(ctx context.Context, messages iter.Seq2[BatchRequest, error], at func(Progress)) (Imported, error) {
	out, err := s.importAll(func() context.Context { return ctx }, messages, nil, func(p progress) { at(Progress{p.read, p.checked, p.written}) })
	return Imported{out.created, out.unchanged}, err
}
