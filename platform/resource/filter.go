package resource

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/text"
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
	var parser filtering.Parser
	parser.Init(text)
	parsed, err := parser.Parse()
	if err != nil {
		return "", unparsed(text, err)
	}
	t := translation{filters: f, args: args, text: text, positions: parsed.GetSourceInfo().GetPositions()}
	condition, err := t.condition(parsed.GetExpr())
	if err != nil {
		return "", err
	}
	// The checker refuses what is left, such as an operator that the field's type does not have. It comes last, for of a
	// wrong literal it says only that no overload takes it, and not what the field takes.
	var checker filtering.Checker
	checker.Init(parsed.GetExpr(), parsed.GetSourceInfo(), f.declarations)
	if _, err := checker.Check(); err != nil {
		return "", fault.Invalid("filter", unreadable, "compares fields in a way that their types do not allow")
	}
	return condition, nil
}

const unreadable = "UNREADABLE"

// unparsed says in a line where the parser stopped; its own account is a line for each rule of the grammar.
func unparsed(text string, err error) error {
	offset := 0
	for at := err; at != nil; at = errors.Unwrap(at) { // the innermost knows best
		if placed, ok := at.(interface{ Position() filtering.Position }); ok {
			offset = int(placed.Position().Offset)
		}
	}
	if errors.Is(err, io.EOF) || offset >= len(strings.TrimSpace(text)) {
		return fault.Invalid("filter", unreadable, "ends too early")
	}
	return fault.Invalid("filter", unreadable, "cannot be read at character %d", character(text, offset))
}

// character counts the characters of a filter up to an offset in it. The parser reads it without the spaces around it.
func character(text string, offset int) int {
	trimmed := strings.TrimSpace(text)
	lead := strings.Index(text, trimmed)
	return utf8.RuneCountInString(text[:lead]+trimmed[:min(offset, len(trimmed))]) + 1
}

// translation is one filter on its way to SQL.
type translation struct {
	*filters
	args      *[]any
	terms     int
	text      string
	positions map[int64]int32 // of the expressions in the text, by their ids
}

// refused says what is wrong with an expression, and where it stands.
func (t *translation) refused(e *expr.Expr, format string, args ...any) error {
	at := character(t.text, int(t.positions[e.GetId()]))
	return fault.Invalid("filter", unreadable, "%s (at character %d)", fmt.Sprintf(format, args...), at)
}

func (t *translation) condition(e *expr.Expr) (string, error) {
	if t.terms++; t.terms > maxFilterTerms {
		return "", fault.Invalid("filter", "TOO_LONG", "has more than %d terms", maxFilterTerms)
	}
	if name := e.GetIdentExpr().GetName(); name != "" { // a bare boolean
		return t.comparison(filtering.FunctionEquals, e, &expr.Expr{
			Id:       e.GetId(),
			ExprKind: &expr.Expr_IdentExpr{IdentExpr: &expr.Expr_Ident{Name: "true"}},
		})
	}
	call := e.GetCallExpr()
	if operands := len(call.GetArgs()); operands == 0 || operands > 2 || operands == 1 && call.GetFunction() != filtering.FunctionNot {
		return "", t.refused(e, "want comparisons joined by AND, OR and NOT")
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
	name := left.GetIdentExpr().GetName()
	f, ok := t.fields[name]
	switch {
	case name == "":
		return "", t.refused(left, "want a field on the left of %s", op)
	case !ok:
		return "", t.refused(left, "there is no field %s to filter by", name)
	}
	value, err := t.literal(f, right)
	if err != nil {
		return "", err
	}
	if op == filtering.FunctionHas {
		return t.contains(left, f, value)
	}
	if op == filtering.FunctionNotEquals {
		op = "<>"
	}
	return f.column + " " + op + " " + mark(t.args, value), nil
}

// contains is `field:"text"`: the text anywhere in the field, case as written.
func (t *translation) contains(left *expr.Expr, f filterField, value any) (string, error) {
	text, ok := value.(string)
	if !ok || f.typ != textColumn {
		return "", t.refused(left, "%s cannot be searched with `:`", f.column)
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
	unlike := func(want string) error { return t.refused(e, "compare %s with %s", f.column, want) }
	switch f.typ {
	case booleanColumn:
		if name := e.GetIdentExpr().GetName(); name == "true" || name == "false" {
			return name == "true", nil
		}
		return nil, unlike("true or false")
	case enumColumn:
		v := f.enum.Descriptor().Values().ByName(protoreflect.Name(e.GetIdentExpr().GetName()))
		if v == nil {
			return nil, unlike("one of " + valueNames(f.enum) + ", without quotes")
		}
		return int64(v.Number()), nil
	case integerColumn:
		if c, ok := e.GetConstExpr().GetConstantKind().(*expr.Constant_Int64Value); ok {
			return c.Int64Value, nil
		}
		return nil, unlike("a whole number")
	case dateColumn:
		d, err := parseDate(e.GetConstExpr().GetStringValue())
		if err != nil {
			return nil, unlike(`a date such as "2019-08-20"`)
		}
		return d, nil
	case timestampColumn:
		if args := e.GetCallExpr().GetArgs(); len(args) == 1 { // timestamp("…")
			e = args[0]
		}
		at, err := time.Parse(time.RFC3339Nano, e.GetConstExpr().GetStringValue())
		if err != nil {
			return nil, unlike(`a time such as "2019-08-20T00:00:00Z"`)
		}
		return at.UnixMicro(), nil
	case textColumn:
		if c, ok := e.GetConstExpr().GetConstantKind().(*expr.Constant_StringValue); ok {
			return t.normalText(e, c.StringValue)
		}
	}
	return nil, unlike("a text in quotes")
}

// normalText brings a literal to the form in which texts are stored, so that it matches however it was typed.
func (t *translation) normalText(e *expr.Expr, typed string) (any, error) {
	normal, refused := text.Line.Normalize(typed)
	if refused != nil {
		return nil, t.refused(e, "the text %s", refused.English)
	}
	return normal, nil
}

// valueNames lists the values of an enum but its zero value, which stands for none.
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
