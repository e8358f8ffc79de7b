package resource

import (
	"fmt"
	"strings"
	"time"

	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/fault"
)

// maxFilterTerms bounds the work that a filter may ask of the database.
const maxFilterTerms = 50

// filterField is a field that filters may name.
type filterField struct {
	column string
	typ    columnType
	enum   protoreflect.EnumType
}

// filters translates AIP-160 filters over a kind's declared columns into SQL.
type filters struct {
	fields       map[string]filterField
	declarations *filtering.Declarations
}

// newFilters tells the parser which fields there are, so that an unknown field, a wrong type or an unknown enum value is
// refused with its name.
func newFilters(fields map[string]filterField) (*filters, error) {
	options := []filtering.DeclarationOption{
		filtering.DeclareStandardFunctions(),
		// Terms separated by spaces alone are a conjunction.
		filtering.DeclareFunction(filtering.FunctionFuzzyAnd, filtering.NewFunctionOverload(
			filtering.FunctionFuzzyAnd+"_bool", filtering.TypeBool, filtering.TypeBool, filtering.TypeBool)),
		filtering.DeclareIdent("true", filtering.TypeBool),
		filtering.DeclareIdent("false", filtering.TypeBool),
	}
	types := map[columnType]*expr.Type{
		textColumn: filtering.TypeString, dateColumn: filtering.TypeString, integerColumn: filtering.TypeInt,
		booleanColumn: filtering.TypeBool, timestampColumn: filtering.TypeTimestamp,
	}
	for name, f := range fields {
		if f.typ == enumColumn {
			options = append(options, filtering.DeclareEnumIdent(name, f.enum))
			continue
		}
		options = append(options, filtering.DeclareIdent(name, types[f.typ]))
	}
	declarations, err := filtering.NewDeclarations(options...)
	if err != nil {
		return nil, fmt.Errorf("declare filter fields: %w", err)
	}
	return &filters{fields: fields, declarations: declarations}, nil
}

// sql translates a filter into a condition. Every literal becomes an argument, appended to args.
func (f *filters) sql(text string, args *[]any) (string, error) {
	if strings.TrimSpace(text) == "" {
		return "", nil
	}
	parsed, err := filtering.ParseFilterString(text, f.declarations)
	if err != nil {
		return "", fault.Invalid("filter", "UNREADABLE", "%v", err)
	}
	t := translation{filters: f, args: args}
	return t.condition(parsed.CheckedExpr.GetExpr())
}

// translation is one filter on its way to SQL.
type translation struct {
	*filters
	args  *[]any
	terms int
}

func (t *translation) condition(e *expr.Expr) (string, error) {
	if t.terms++; t.terms > maxFilterTerms {
		return "", fault.Invalid("filter", "TOO_LONG", "has more than %d terms", maxFilterTerms)
	}
	if name := e.GetIdentExpr().GetName(); name != "" { // a bare boolean
		return t.comparison(filtering.FunctionEquals, e, &expr.Expr{
			ExprKind: &expr.Expr_IdentExpr{IdentExpr: &expr.Expr_Ident{Name: "true"}},
		})
	}
	call := e.GetCallExpr()
	if call == nil {
		return "", fault.Invalid("filter", "UNREADABLE", "want comparisons joined by AND, OR and NOT")
	}
	switch fn := call.GetFunction(); fn {
	case filtering.FunctionAnd, filtering.FunctionFuzzyAnd:
		return t.join(" AND ", call.GetArgs())
	case filtering.FunctionOr:
		return t.join(" OR ", call.GetArgs())
	case filtering.FunctionNot:
		inner, err := t.condition(call.GetArgs()[0])
		return "NOT (" + inner + ")", err
	default:
		return t.comparison(fn, call.GetArgs()[0], call.GetArgs()[1])
	}
}

func (t *translation) join(with string, operands []*expr.Expr) (string, error) {
	parts := make([]string, len(operands))
	for i, o := range operands {
		var err error
		if parts[i], err = t.condition(o); err != nil {
			return "", err
		}
	}
	return "(" + strings.Join(parts, with) + ")", nil
}

func (t *translation) comparison(op string, left, right *expr.Expr) (string, error) {
	f, ok := t.fields[left.GetIdentExpr().GetName()]
	if !ok {
		return "", fault.Invalid("filter", "UNREADABLE", "want a field on the left of %s", op)
	}
	value, err := t.literal(f, right)
	if err != nil {
		return "", err
	}
	if op == filtering.FunctionHas {
		return t.contains(f, value)
	}
	if op == filtering.FunctionNotEquals {
		op = "<>"
	}
	return f.column + " " + op + " " + mark(t.args, value), nil
}

// contains is `field:"text"`: the text anywhere in the field, case as written.
func (t *translation) contains(f filterField, value any) (string, error) {
	text, ok := value.(string)
	if !ok || f.typ != textColumn {
		return "", fault.Invalid("filter", "UNREADABLE", "%s cannot be searched with `:`", f.column)
	}
	if text == "*" {
		return f.column + " <> ''", nil
	}
	// LIKE folds case on one engine only, so both sides are folded first, by the database: what Go folds beyond ASCII it may not.
	escaped := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
	return "lower(" + f.column + ") LIKE lower(" + mark(t.args, "%"+escaped+"%") + `) ESCAPE '\'`, nil
}

// literal is the value that a column of the field's type is compared with.
func (t *translation) literal(f filterField, e *expr.Expr) (any, error) {
	unreadable := func(want string) error {
		return fault.Invalid("filter", "UNREADABLE", "compare %s with %s", f.column, want)
	}
	switch f.typ {
	case booleanColumn:
		if name := e.GetIdentExpr().GetName(); name == "true" || name == "false" {
			return name == "true", nil
		}
		return nil, unreadable("true or false")
	case enumColumn:
		v := f.enum.Descriptor().Values().ByName(protoreflect.Name(e.GetIdentExpr().GetName()))
		if v == nil {
			return nil, unreadable("one of its values")
		}
		return int64(v.Number()), nil
	case integerColumn:
		if c, ok := e.GetConstExpr().GetConstantKind().(*expr.Constant_Int64Value); ok {
			return c.Int64Value, nil
		}
		return nil, unreadable("a whole number")
	case dateColumn:
		d, err := parseDate(e.GetConstExpr().GetStringValue())
		if err != nil {
			return nil, unreadable(`a date such as "2019-08-20"`)
		}
		return d, nil
	case timestampColumn:
		if args := e.GetCallExpr().GetArgs(); len(args) == 1 { // timestamp("…")
			e = args[0]
		}
		at, err := time.Parse(time.RFC3339Nano, e.GetConstExpr().GetStringValue())
		if err != nil {
			return nil, unreadable(`a time such as "2019-08-20T00:00:00Z"`)
		}
		return at.UnixMicro(), nil
	case textColumn:
		if c, ok := e.GetConstExpr().GetConstantKind().(*expr.Constant_StringValue); ok {
			if strings.ContainsRune(c.StringValue, 0) { // written as an escape; PostgreSQL's text has none
				return nil, unreadable("a text without NUL")
			}
			return c.StringValue, nil
		}
	}
	return nil, unreadable("a text in quotes")
}
