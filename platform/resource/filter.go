package resource

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"

	"github.com/wancun/wancun/platform/fault"
)

// maxFilterTerms bounds the work of the database for a filter.
const maxFilterTerms = 50

// Reasons of refused filters and orders.
const (
	unreadable   = "UNREADABLE"
	unknownField = "UNKNOWN_FIELD"
	notAValue    = "NOT_A_VALUE"
)

// filterField is a field that filters and orders may name.
type filterField struct {
	name   string // as filters write it
	column string
	typ    columnType
	values values
	search *search // nil if there is no index for parts of the text
}

// filters translates AIP-160 filters over a kind's fields into SQL.
type filters map[string]filterField

// names returns a list of the fields for error messages.
func (f filters) names() string { return strings.Join(slices.Sorted(maps.Keys(f)), ", ") }

// sql converts a filter into a condition. Each literal becomes an argument, which is appended to args.
func (f filters) sql(text string, args *[]any, find finder) (string, error) {
	if strings.TrimSpace(text) == "" {
		return "", nil
	}
	var parser filtering.Parser
	parser.Init(text)
	parsed, err := parser.Parse()
	if err != nil {
		return "", unparsed(text, err)
	}
	t := translation{filters: f, args: args, find: find, text: text, positions: parsed.GetSourceInfo().GetPositions()}
	return t.condition(parsed.GetExpr())
}

// words are the same sentence in both languages of error messages. They complete the sentence that the field's name
// begins.
type words struct{ en, zh string }

// say formats words with the same arguments in both languages.
func say(en, zh string, args ...any) words {
	return words{fmt.Sprintf(en, args...), fmt.Sprintf(zh, args...)}
}

// refuse returns an INVALID_ARGUMENT about a field of the list request.
func refuse(field, reason string, w words) error {
	return fault.InvalidOne(fault.Violation{Field: field, Reason: reason, Description: w.en, Chinese: w.zh})
}

// unparsed returns an error with the position at which the parser stopped. The parser's own error has a line for each
// rule of the grammar.
func unparsed(text string, err error) error {
	offset := 0
	for at := err; at != nil; at = errors.Unwrap(at) { // the innermost position is the most precise
		if placed, ok := at.(interface{ Position() filtering.Position }); ok {
			offset = int(placed.Position().Offset)
		}
	}
	if errors.Is(err, io.EOF) || offset >= len(strings.TrimSpace(text)) {
		return refuse("filter", unreadable, say("ends too early", "不完整"))
	}
	return refuse("filter", unreadable, say("cannot be read at character %d", "第 %d 个字符处无法解析", character(text, offset)))
}

// character returns the number of the character at an offset of the filter. The parser reads the filter without
// surrounding spaces.
func character(text string, offset int) int {
	trimmed := strings.TrimSpace(text)
	lead := strings.Index(text, trimmed)
	return utf8.RuneCountInString(text[:lead]+trimmed[:min(offset, len(trimmed))]) + 1
}

// translation is the conversion of one filter.
type translation struct {
	filters
	args      *[]any
	find      finder
	terms     int
	text      string
	positions map[int64]int32 // offsets of the expressions in the text, by their ids
}

// refused returns an error about an expression, with its position in the filter.
func (t *translation) refused(e *expr.Expr, reason string, w words) error {
	at := character(t.text, int(t.positions[e.GetId()]))
	return refuse("filter", reason, words{fmt.Sprintf("%s (at character %d)", w.en, at), fmt.Sprintf("%s（第 %d 个字符处）", w.zh, at)})
}

func (t *translation) condition(e *expr.Expr) (string, error) {
	if t.terms++; t.terms > maxFilterTerms {
		return "", refuse("filter", "TOO_LONG", say("has more than %d terms", "超过 %d 个条件", maxFilterTerms))
	}
	if name := e.GetIdentExpr().GetName(); name != "" { // a boolean without an operator
		return t.comparison(filtering.FunctionEquals, e, &expr.Expr{
			Id:       e.GetId(),
			ExprKind: &expr.Expr_IdentExpr{IdentExpr: &expr.Expr_Ident{Name: "true"}},
		})
	}
	call := e.GetCallExpr()
	fn, operands := call.GetFunction(), call.GetArgs()
	switch {
	case fn == filtering.FunctionNot && len(operands) == 1:
		inner, err := t.condition(operands[0])
		return "NOT (" + inner + ")", err
	case fn == filtering.FunctionAnd && len(operands) == 2, fn == filtering.FunctionFuzzyAnd && len(operands) == 2:
		return t.join(" AND ", operands)
	case fn == filtering.FunctionOr && len(operands) == 2:
		return t.join(" OR ", operands)
	case operators[fn] != "" && len(operands) == 2:
		return t.comparison(fn, operands[0], operands[1])
	}
	return "", t.refused(e, unreadable, say("want comparisons joined by AND, OR and NOT", "须为由 AND、OR、NOT 连接的比较"))
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

// operators maps the functions that compare a field with a value to SQL operators. SQL has no operator `:`.
var operators = map[string]string{ //nolint:gochecknoglobals // a constant
	filtering.FunctionEquals: "=", filtering.FunctionNotEquals: "<>",
	filtering.FunctionLessThan: "<", filtering.FunctionLessEquals: "<=",
	filtering.FunctionGreaterThan: ">", filtering.FunctionGreaterEquals: ">=",
	filtering.FunctionHas: ":",
}

// equals reports whether an operator compares with a value, and not with a bound or a part.
func equals(op string) bool {
	return op == filtering.FunctionEquals || op == filtering.FunctionNotEquals
}

func (t *translation) comparison(op string, left, right *expr.Expr) (string, error) {
	name := left.GetIdentExpr().GetName()
	if name == "" {
		return "", t.refused(left, unreadable, say("want a field on the left of %s", "%s 左边须为字段", op))
	}
	f, ok := t.filters[name]
	if !ok {
		return "", t.refused(left, unknownField, say("there is no field %s to filter by; there are %s", "没有可筛选的字段 %s，可用：%s", name, t.names()))
	}
	switch {
	case op == filtering.FunctionHas && f.typ != textColumn:
		return "", t.refused(left, unreadable, say("%s cannot be searched with `:`", "%s 不能用 `:` 查找", name))
	case !equals(op) && (f.typ == enumColumn || f.typ == booleanColumn):
		return "", t.refused(left, unreadable, say("%s has no order, compare it with = or !=", "%s 没有先后，只能用 = 或 != 比较", name))
	case f.typ == textColumn:
		return t.textComparison(op, f, right)
	}
	value, err := t.literal(op, f, right)
	if err != nil {
		return "", err
	}
	return f.column + " " + operators[op] + " " + mark(t.args, value), nil
}
