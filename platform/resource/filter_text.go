package resource

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/text"
)

// texts describes the texts that a field can hold.
type texts struct {
	form   text.Form
	normal func(string) string // how the service normalizes the field's input; nil if it does not
	rule   *rule               // the form of the texts; nil if the protos declare none
	extra  bool                // the rule is not one of the field's constraints, which therefore do not check it
}

// textComparison compares a text column. After = and !=, `*` matches any characters.
func (t *translation) textComparison(op string, f filterField, e *expr.Expr) (string, error) {
	c, ok := e.GetConstExpr().GetConstantKind().(*expr.Constant_StringValue)
	if !ok {
		return "", t.unlike(f, e, words{"a text in quotes", "加引号的文字"})
	}
	typed, err := t.normalText(f, e, c.StringValue)
	if err != nil {
		return "", err
	}
	switch {
	case op == filtering.FunctionHas:
		return t.contains(f, e, typed)
	case !equals(op):
		return f.column + " " + operators[op] + " " + mark(t.args, typed), t.fits(f, e, pattern{typed, ""}, false)
	}
	p := patternOf(typed)
	if len(p) > 1 {
		condition, err := t.like(f, e, p)
		if op == filtering.FunctionNotEquals {
			condition = "NOT (" + condition + ")"
		}
		return condition, err
	}
	if err := t.held(f, e, protoreflect.ValueOfString(p[0])); err != nil {
		return "", err
	}
	if rule := f.values.texts.rule; f.values.texts.extra && !rule.matches(p, false) {
		return "", t.unheld(f, e, rule.words)
	}
	return f.column + " " + operators[op] + " " + mark(t.args, p[0]), nil
}

// normalText normalizes a literal as the stored texts are, so that it matches in whatever form it was typed.
func (t *translation) normalText(f filterField, e *expr.Expr, typed string) (string, error) {
	normal, refused := f.values.texts.form.Normalize(typed)
	if refused != nil {
		return "", t.refused(e, refused.Reason, words{f.name + " " + refused.English, f.name + " " + refused.Chinese})
	}
	if f.values.texts.normal != nil {
		normal = f.values.texts.normal(normal)
	}
	return normal, nil
}

// contains returns the condition of `field:"text"`: the field contains the text, in any case. `field:"*"` matches any
// text.
func (t *translation) contains(f filterField, e *expr.Expr, sought string) (string, error) {
	if sought == "*" {
		return f.column + " <> ''", nil
	}
	if f.search != nil && strings.TrimSpace(text.Grams(sought)) != "" {
		if err := t.fits(f, e, pattern{"", sought, ""}, true); err != nil {
			return "", err
		}
		return t.find(*f.search, sought, t.args)
	}
	// LIKE folds case on one engine only, so the database folds both sides first. It may not fold all that Go folds
	// beyond ASCII.
	escaped := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(sought)
	return "lower(" + f.column + ") LIKE lower(" + mark(t.args, "%"+escaped+"%") + `) ESCAPE '\'`, t.fits(f, e, pattern{"", sought, ""}, true)
}

// pattern is a text with stars, split at the stars: "a*" is "a" and "". A text without stars is one piece.
type pattern []string

// patternOf parses a literal. A backslash before a star or a backslash makes it an ordinary character.
func patternOf(literal string) pattern {
	var p pattern
	var piece strings.Builder
	runes := []rune(literal)
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case r == '\\' && i+1 < len(runes) && (runes[i+1] == '*' || runes[i+1] == '\\'):
			i++
			piece.WriteRune(runes[i])
		case r != '*':
			piece.WriteRune(r)
		case i == 0 || len(p) == 0 || piece.Len() > 0: // several stars in a row count as one
			p = append(p, piece.String())
			piece.Reset()
		}
	}
	return append(p, piece.String())
}

// String returns the pattern as written in a filter, without the escaping of backslashes.
func (p pattern) String() string {
	pieces := make([]string, len(p))
	for i, piece := range p {
		pieces[i] = strings.ReplaceAll(piece, "*", `\*`)
	}
	return strings.Join(pieces, "*")
}

// like returns a pattern as SQL with the same meaning on both engines. LIKE has not, because one engine folds case.
func (t *translation) like(f filterField, e *expr.Expr, p pattern) (string, error) {
	first, last := p[0], p[len(p)-1]
	if len(p) > 3 || len(p) == 3 && (first != "" || last != "") {
		return "", t.refused(e, unreadable, say("%s takes * at the beginning, at the end or at both, or once within the text",
			"%s 的 * 只能放在开头、结尾、两端，或文字中间一处", f.name))
	}
	if err := t.fits(f, e, p, false); err != nil {
		return "", err
	}
	if len(p) == 3 {
		if f.search != nil && strings.TrimSpace(text.Grams(p[1])) != "" {
			found, err := t.find(*f.search, p[1], t.args)
			return "(" + found + " AND replace(" + f.column + ", " + mark(t.args, p[1]) + ", '') <> " + f.column + ")", err
		}
		return "replace(" + f.column + ", " + mark(t.args, p[1]) + ", '') <> " + f.column, nil
	}
	all := []string{}
	if first != "" {
		all = append(all, f.column+" >= "+mark(t.args, first), f.column+" < "+mark(t.args, after(first)))
	}
	if n := utf8.RuneCountInString(last); n > 0 {
		length := fmt.Sprintf("length(%s)", f.column)
		all = append(all, fmt.Sprintf("%s >= %d", length, n+utf8.RuneCountInString(first)),
			fmt.Sprintf("substr(%s, %s - %d) = %s", f.column, length, n-1, mark(t.args, last)))
	}
	if len(all) == 0 {
		return "1 = 1", nil
	}
	return "(" + strings.Join(all, " AND ") + ")", nil
}

// after returns a text that follows every text with the prefix, in the order of code points. Normalized texts contain
// neither the last code point nor the last before the surrogates.
func after(prefix string) string {
	last, size := utf8.DecodeLastRuneInString(prefix)
	return prefix[:len(prefix)-size] + string(last+1)
}

// fits refuses a pattern that no text of the field matches. If folded, case is ignored.
func (t *translation) fits(f filterField, e *expr.Expr, p pattern, folded bool) error {
	// Of the constraints on whole texts only the maximum length also applies to a part.
	v, err := f.values.wrong(protoreflect.ValueOfString(strings.Join(p, "")))
	if err != nil {
		return err
	}
	if v != nil && v.Reason == "STRING_MAX_LEN" {
		return t.unheld(f, e, words{v.Description, v.Chinese})
	}
	rule := f.values.texts.rule
	if rule == nil || rule.matches(p, folded) {
		return nil
	}
	return t.unheld(f, e, say("%[1]s; no such text matches %[3]s", "%[2]s；没有与 %[3]s 相符的", rule.words.en, rule.words.zh, p))
}
