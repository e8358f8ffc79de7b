package predicate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/wancun/wancun/platform/fault"
)

// maxTerms is the greatest number of terms in a filter.
const maxTerms = 50

// Field is a field that a filter may name.
type Field struct {
	// Name may have a dot: organization.level.
	Name string
	// Enum has the values that the field can hold; nil if it holds texts.
	Enum protoreflect.EnumDescriptor
	// Form is the form of the texts that the field can hold; nil if it holds any text.
	Form *Form
	// Ordered permits <, <=, > and >=, which compare texts byte by byte.
	Ordered bool
}

// Form is a form of texts.
type Form struct {
	// Holds reports whether a text has the form.
	Holds func(text string) bool
	// English and Chinese describe the form: a month such as "2019-09".
	English, Chinese string
}

// Predicate is a parsed filter. Its zero value selects everything.
type Predicate struct {
	all []term // joined by AND
}

// term is a comparison, or terms joined by AND, OR or NOT.
type term struct {
	op          string // a function of package filtering
	field, want string
	terms       []term
}

// Parse parses a filter over some fields. Its errors are violations of the request field named by field.
func Parse(field, text string, fields []Field) (Predicate, error) {
	if strings.TrimSpace(text) == "" {
		return Predicate{}, nil
	}
	var parser filtering.Parser
	parser.Init(text)
	parsed, err := parser.Parse()
	if err != nil {
		return Predicate{}, refuse(field, "UNREADABLE", "cannot be read as a filter", "无法解析为筛选条件")
	}
	r := reader{field: field, fields: fields}
	t, err := r.read(parsed.GetExpr())
	if err != nil {
		return Predicate{}, err
	}
	return Predicate{all: flatten(t)}, nil
}

func refuse(field, reason, english, chinese string, args ...any) error {
	return fault.InvalidOne(fault.Violation{
		Field: field, Reason: reason, Description: fmt.Sprintf(english, args...), Chinese: fmt.Sprintf(chinese, args...),
	})
}

// reader converts one parsed filter into terms.
type reader struct {
	field  string
	fields []Field
	terms  int
}

func (r *reader) read(e *expr.Expr) (term, error) {
	if r.terms++; r.terms > maxTerms {
		return term{}, refuse(r.field, "TOO_LONG", "has more than %d terms", "超过 %d 个条件", maxTerms)
	}
	call := e.GetCallExpr()
	switch fn := call.GetFunction(); fn {
	case filtering.FunctionAnd, filtering.FunctionFuzzyAnd, filtering.FunctionOr, filtering.FunctionNot:
		if fn == filtering.FunctionFuzzyAnd {
			fn = filtering.FunctionAnd
		}
		t := term{op: fn}
		for _, operand := range call.GetArgs() {
			inner, err := r.read(operand)
			if err != nil {
				return term{}, err
			}
			t.terms = append(t.terms, inner)
		}
		return t, nil
	case filtering.FunctionEquals, filtering.FunctionNotEquals:
		return r.comparison(fn, call.GetArgs()[0], call.GetArgs()[1])
	case filtering.FunctionLessThan, filtering.FunctionLessEquals, filtering.FunctionGreaterThan, filtering.FunctionGreaterEquals:
		if slices.ContainsFunc(r.fields, func(f Field) bool { return f.Ordered && f.Name == nameOf(call.GetArgs()[0]) }) {
			return r.comparison(fn, call.GetArgs()[0], call.GetArgs()[1])
		}
	}
	return term{}, refuse(r.field, "UNREADABLE", "must be comparisons by = and !=, joined by AND, OR and NOT", "须为由 AND、OR、NOT 连接的 = 和 != 比较")
}

func (r *reader) comparison(op string, left, right *expr.Expr) (term, error) {
	name := nameOf(left)
	i := slices.IndexFunc(r.fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return term{}, refuse(r.field, "UNKNOWN_FIELD", "names no field of its source, which are %s", "所用字段不属于该来源，可用：%s", r.names())
	}
	f := r.fields[i]
	if f.Enum == nil {
		text, ok := right.GetConstExpr().GetConstantKind().(*expr.Constant_StringValue)
		if !ok {
			return term{}, refuse(r.field, "NOT_A_VALUE", "must compare %s with a text in quotes", "%s 须与带引号的文本比较", f.Name)
		}
		if f.Form != nil && !f.Form.Holds(text.StringValue) {
			return term{}, refuseForm(r.field, f)
		}
		return term{op: op, field: f.Name, want: text.StringValue}, nil
	}
	value := f.Enum.Values().ByName(protoreflect.Name(right.GetIdentExpr().GetName()))
	if value == nil {
		return term{}, refuse(r.field, "NOT_A_VALUE", "must compare %s with one of %s, without quotes", "%s 须与 %s 之一（不加引号）比较", f.Name, valueNames(f.Enum))
	}
	return term{op: op, field: f.Name, want: string(value.Name())}, nil
}

func refuseForm(field string, f Field) error {
	return fault.InvalidOne(fault.Violation{
		Field: field, Reason: "NOT_A_VALUE", Description: "must compare " + f.Name + " with " + f.Form.English, Chinese: f.Name + " 须与" + f.Form.Chinese + "比较",
	})
}

// nameOf returns the name of a field, "" if the expression is not a field.
func nameOf(e *expr.Expr) string {
	if s := e.GetSelectExpr(); s != nil {
		return nameOf(s.GetOperand()) + "." + s.GetField()
	}
	return e.GetIdentExpr().GetName()
}

func (r *reader) names() string {
	names := make([]string, len(r.fields))
	for i, f := range r.fields {
		names[i] = f.Name
	}
	return strings.Join(names, ", ")
}

func valueNames(e protoreflect.EnumDescriptor) string {
	var names []string
	for i := range e.Values().Len() {
		names = append(names, string(e.Values().Get(i).Name()))
	}
	return strings.Join(names, ", ")
}

// flatten returns the terms that AND joins.
func flatten(t term) []term {
	if t.op != filtering.FunctionAnd {
		return []term{t}
	}
	var all []term
	for _, inner := range t.terms {
		all = append(all, flatten(inner)...)
	}
	return all
}

// Matches reports whether the predicate selects the values that value returns for the fields.
func (p Predicate) Matches(value func(field string) string) bool {
	return p.CanMatch(func(field string) (string, bool) { return value(field), true })
}

// CanMatch reports whether the predicate can select values of which only some are known. It returns false only if no
// values of the other fields are selected.
func (p Predicate) CanMatch(value func(field string) (text string, known bool)) bool {
	for _, t := range p.all {
		if can, _ := t.results(value); !can {
			return false
		}
	}
	return true
}

// results reports whether a term can be true and whether it can be false.
func (t term) results(value func(field string) (string, bool)) (can, cannot bool) {
	switch t.op {
	case filtering.FunctionNot:
		can, cannot = t.terms[0].results(value)
		return cannot, can
	case filtering.FunctionAnd, filtering.FunctionOr:
		can, cannot = t.op == filtering.FunctionAnd, t.op == filtering.FunctionOr
		for _, inner := range t.terms {
			yes, no := inner.results(value)
			if t.op == filtering.FunctionAnd {
				can, cannot = can && yes, cannot || no
			} else {
				can, cannot = can || yes, cannot && no
			}
		}
		return can, cannot
	default:
		text, known := value(t.field)
		holds := known && t.holds(text)
		return !known || holds, !known || !holds
	}
}

// holds reports whether a comparison is true for a value.
func (t term) holds(value string) bool {
	switch t.op {
	case filtering.FunctionNotEquals:
		return value != t.want
	case filtering.FunctionLessThan:
		return value < t.want
	case filtering.FunctionLessEquals:
		return value <= t.want
	case filtering.FunctionGreaterThan:
		return value > t.want
	case filtering.FunctionGreaterEquals:
		return value >= t.want
	default:
		return value == t.want
	}
}

// Fields returns the names of the fields that the predicate compares, sorted.
func (p Predicate) Fields() []string {
	found := map[string]bool{}
	for _, t := range p.all {
		t.collect(found)
	}
	return slices.Sorted(maps.Keys(found))
}

// Range returns the texts between which a field lies in everything that the predicate selects, both ends included. "" is
// no limit. It uses only comparisons that are joined to the whole predicate by AND.
func (p Predicate) Range(field string) (low, high string) {
	for _, t := range p.all {
		if len(t.terms) > 0 || t.field != field {
			continue
		}
		switch t.op {
		case filtering.FunctionEquals:
			return t.want, t.want
		case filtering.FunctionGreaterThan, filtering.FunctionGreaterEquals:
			low = max(low, t.want)
		case filtering.FunctionLessThan, filtering.FunctionLessEquals:
			if high == "" || t.want < high {
				high = t.want
			}
		}
	}
	return low, high
}

func (t term) collect(fields map[string]bool) {
	if len(t.terms) == 0 {
		fields[t.field] = true
	}
	for _, inner := range t.terms {
		inner.collect(fields)
	}
}

// Split separates the conditions on fields whose names begin with prefix, and removes the prefix from those names. It
// returns false if OR or NOT joins fields with and without the prefix.
func (p Predicate) Split(prefix string) (others, with Predicate, ok bool) {
	for _, t := range p.all {
		prefixed, plain := t.names(prefix)
		switch {
		case prefixed && plain:
			return Predicate{}, Predicate{}, false
		case prefixed:
			with.all = append(with.all, t.without(prefix))
		default:
			others.all = append(others.all, t)
		}
	}
	return others, with, true
}

// Empty reports whether the predicate selects everything.
func (p Predicate) Empty() bool { return len(p.all) == 0 }

func (t term) names(prefix string) (prefixed, plain bool) {
	if len(t.terms) == 0 {
		prefixed = strings.HasPrefix(t.field, prefix)
		return prefixed, !prefixed
	}
	for _, inner := range t.terms {
		a, b := inner.names(prefix)
		prefixed, plain = prefixed || a, plain || b
	}
	return prefixed, plain
}

func (t term) without(prefix string) term {
	t.field = strings.TrimPrefix(t.field, prefix)
	t.terms = slices.Clone(t.terms)
	for i := range t.terms {
		t.terms[i] = t.terms[i].without(prefix)
	}
	return t
}

// FieldsOf resolves declared fields: their names, and the full names of their enums (empty for a text). The enums must
// be linked into the program.
func FieldsOf[F interface {
	GetName() string
	GetEnum() string
}](declared []F) ([]Field, error) {
	fields := make([]Field, len(declared))
	for i, d := range declared {
		fields[i].Name = d.GetName()
		if d.GetEnum() == "" {
			continue
		}
		e, err := protoregistry.GlobalTypes.FindEnumByName(protoreflect.FullName(d.GetEnum()))
		if err != nil {
			return nil, fmt.Errorf("find the values of %s: %w", d.GetName(), err)
		}
		fields[i].Enum = e.Descriptor()
	}
	return fields, nil
}
