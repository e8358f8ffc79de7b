package resource

import (
	"fmt"
	"math"
	"strings"
	"time"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/fault"
)

// values describes what a field can hold according to its constraints in the protos. A filter that compares the field
// with any other value would match nothing, or everything. It is refused with the text of the constraint.
type values struct {
	validator protovalidate.Validator
	field     protoreflect.FieldDescriptor // of the kind's message; nil if the column is not one of its fields
	blank     protoreflect.Message         // never changed
	enum      protoreflect.EnumType        // for an enum column
	texts     texts                        // for a text column
}

// wrong returns the first constraint that a value violates, nil if there is none.
func (v values) wrong(value protoreflect.Value) (*fault.Violation, error) {
	if v.field == nil {
		return nil, nil //nolint:nilnil // no constraint is violated
	}
	m := v.blank.New()
	m.Set(v.field, value)
	only := protovalidate.FilterFunc(func(_ protoreflect.Message, d protoreflect.Descriptor) bool { return d == v.field })
	err := v.validator.Validate(m.Interface(), protovalidate.WithFilter(only))
	if err == nil {
		return nil, nil //nolint:nilnil // no constraint is violated
	}
	invalid, ok := fault.From(fault.Validation(err))
	if !ok || len(invalid.Violations()) == 0 {
		return nil, fmt.Errorf("check a value of %s: %w", v.field.FullName(), err)
	}
	return &invalid.Violations()[0], nil
}

// required reports whether every row has a value in the field.
func (v values) required() bool {
	if v.field == nil {
		return true
	}
	rules, _ := proto.GetExtension(v.field.Options(), validate.E_Field).(*validate.FieldRules)
	return rules.GetRequired()
}

// held refuses a literal that its field cannot hold.
func (t *translation) held(f filterField, e *expr.Expr, value protoreflect.Value) error {
	v, err := f.values.wrong(value)
	if err != nil || v == nil {
		return err
	}
	return t.unheld(f, e, words{v.Description, v.Chinese})
}

// unheld returns an error that describes the values of a field.
func (t *translation) unheld(f filterField, e *expr.Expr, w words) error {
	return t.refused(e, notAValue, words{f.name + " " + w.en, f.name + " " + w.zh})
}

// unlike returns an error that describes what a field is compared with.
func (t *translation) unlike(f filterField, e *expr.Expr, w words) error {
	return t.refused(e, unreadable, say("compare %[1]s with %[2]s", "%[1]s 须与%[3]s比较", f.name, w.en, w.zh))
}

// literal returns the value with which a column that is not text is compared.
func (t *translation) literal(op string, f filterField, e *expr.Expr) (any, error) {
	switch f.typ {
	case booleanColumn:
		if name := e.GetIdentExpr().GetName(); name == "true" || name == "false" {
			return name == "true", nil
		}
		return nil, t.unlike(f, e, words{"true or false", " true 或 false "})
	case enumColumn:
		v := f.values.enum.Descriptor().Values().ByName(protoreflect.Name(e.GetIdentExpr().GetName()))
		if v == nil {
			return nil, t.unlike(f, e, say("one of %s, without quotes", " %s 之一（不加引号）", valueNames(f.values.enum)))
		}
		return int64(v.Number()), t.held(f, e, protoreflect.ValueOfEnum(v.Number()))
	case integerColumn:
		if c, ok := e.GetConstExpr().GetConstantKind().(*expr.Constant_Int64Value); ok {
			return c.Int64Value, t.number(op, f, e, c.Int64Value)
		}
		return nil, t.unlike(f, e, words{"a whole number", "整数"})
	case dateColumn:
		return t.date(op, f, e)
	case timestampColumn:
		if call := e.GetCallExpr(); call.GetFunction() == filtering.FunctionTimestamp && len(call.GetArgs()) == 1 {
			e = call.GetArgs()[0]
		}
		at, err := time.Parse(time.RFC3339Nano, e.GetConstExpr().GetStringValue())
		if err != nil {
			return nil, t.unlike(f, e, words{`a time such as "2019-08-20T00:00:00Z"`, `时间（例如 "2019-08-20T00:00:00Z"）`})
		}
		return at.UnixMicro(), nil
	case textColumn:
	}
	return nil, fmt.Errorf("compare %s: columns of type %d have no literals", f.column, f.typ)
}

// date returns the value of a date. "" is an absent date, in a field that may be absent.
func (t *translation) date(op string, f filterField, e *expr.Expr) (any, error) {
	text := e.GetConstExpr().GetStringValue()
	if text == "" && e.GetConstExpr() != nil && equals(op) && !f.values.required() {
		return int64(0), nil
	}
	d, err := day.Parse(text)
	if err != nil {
		return nil, t.unlike(f, e, words{`a date such as "2019-08-20"`, `日期（例如 "2019-08-20"）`})
	}
	return int64(d), nil
}

// number refuses a comparison with a number that no value of the field satisfies. A bound outside the range of the
// field is allowed if all values satisfy the comparison.
func (t *translation) number(op string, f filterField, e *expr.Expr, n int64) error {
	nearest := n // a value that satisfies the comparison
	least, most := f.values.bounds()
	switch op {
	case filtering.FunctionGreaterEquals, filtering.FunctionGreaterThan:
		if op == filtering.FunctionGreaterThan && n < math.MaxInt64 {
			nearest++
		}
		if nearest < least {
			return nil
		}
	case filtering.FunctionLessEquals, filtering.FunctionLessThan:
		if op == filtering.FunctionLessThan && n > math.MinInt64 {
			nearest--
		}
		if nearest > most {
			return nil
		}
	}
	if f.values.field != nil && f.values.field.Kind() == protoreflect.Int32Kind {
		if nearest != int64(int32(nearest)) { //nolint:gosec // the comparison finds what overflows
			return t.unheld(f, e, say("must be between %d and %d", "须在 %d 和 %d 之间", math.MinInt32, math.MaxInt32))
		}
		return t.held(f, e, protoreflect.ValueOfInt32(int32(nearest))) //nolint:gosec // compared
	}
	return t.held(f, e, protoreflect.ValueOfInt64(nearest))
}

// bounds returns the least and the greatest value of an integer field.
func (v values) bounds() (least, most int64) {
	least, most = math.MinInt64, math.MaxInt64
	if v.field == nil {
		return least, most
	}
	rules, _ := proto.GetExtension(v.field.Options(), validate.E_Field).(*validate.FieldRules)
	all := rules.ProtoReflect()
	of := all.WhichOneof(all.Descriptor().Oneofs().ByName("type"))
	if of == nil {
		return least, most
	}
	bounds := all.Get(of).Message()
	bounds.Range(func(rule protoreflect.FieldDescriptor, bound protoreflect.Value) bool {
		switch rule.Name() {
		case "gt":
			least = bound.Int() + 1
		case "gte":
			least = bound.Int()
		case "lt":
			most = bound.Int() - 1
		case "lte":
			most = bound.Int()
		}
		return true
	})
	return least, most
}

// valueNames lists the values of an enum except its zero value, which means that none is given.
func valueNames(e protoreflect.EnumType) string {
	var names []string
	values := e.Descriptor().Values()
	for i := range values.Len() {
		if v := values.Get(i); v.Number() != 0 {
			names = append(names, string(v.Name()))
		}
	}
	return strings.Join(names, ", ")
}
