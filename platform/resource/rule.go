package resource

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"unicode"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/fault"
)

// rule is a rule of wancun.resource.v1 for the form of a text, compiled for filters. Unlike a regular expression, it
// answers whether a text that begins with, ends with or contains a given part can have the form.
type rule struct {
	words      words
	expression string
	prog       *syntax.Prog
}

// matched matches the CEL expression of a rule and captures its regular expression.
var matched = regexp.MustCompile(`this\.matches\('(\^[^'\\]*\$)'\)$`)

// bounded matches the CEL expression of a rule that only limits the length.
var bounded = regexp.MustCompile(`^!rule \|\| \(?this\.size\(\) [<>]= [0-9]+( && this\.size\(\) [<>]= [0-9]+\))?$`)

// ruleOf compiles a declared rule. It returns nil for a rule that only limits the length, and an error for any other
// that is not an anchored regular expression.
func ruleOf(declared protoreflect.FieldDescriptor) (*rule, error) {
	of, _ := proto.GetExtension(declared.Options(), validate.E_Predefined).(*validate.PredefinedRules)
	if len(of.GetCel()) != 1 {
		return nil, fmt.Errorf("rule %s: want one CEL expression", declared.FullName())
	}
	if bounded.MatchString(of.GetCel()[0].GetExpression()) {
		return nil, nil //nolint:nilnil // no rule is none to match
	}
	found := matched.FindStringSubmatch(of.GetCel()[0].GetExpression())
	if found == nil {
		return nil, fmt.Errorf("rule %s: want this.matches('^…$'), without backslashes", declared.FullName())
	}
	parsed, err := syntax.Parse(found[1], syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("rule %s: %w", declared.FullName(), err)
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, fmt.Errorf("rule %s: %w", declared.FullName(), err)
	}
	en, zh := fault.RuleWords(declared)
	return &rule{words{en, zh}, found[1], prog}, nil
}

// ruleOfField returns the rule of a text field, nil if it has none.
func ruleOfField(f protoreflect.FieldDescriptor) (*rule, error) {
	of, _ := proto.GetExtension(f.Options(), validate.E_Field).(*validate.FieldRules)
	var found *rule
	var err error
	of.GetString().ProtoReflect().Range(func(r protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if r.IsExtension() && r.Kind() == protoreflect.BoolKind && v.Bool() {
			found, err = ruleOf(r)
		}
		return found == nil && err == nil
	})
	return found, err
}

// matches reports whether some text has the rule's form and matches the pattern. If folded, case is ignored. It runs
// the rule's automaton over the pieces of the pattern; a star adds all states that any text reaches.
func (r *rule) matches(p pattern, folded bool) bool {
	at := states{}
	r.enter(at, uint32(r.prog.Start), true) //nolint:gosec // the index of an instruction
	for i, piece := range p {
		if i > 0 {
			r.anything(at)
		}
		for _, c := range piece {
			if at = r.step(at, c, folded); len(at) == 0 {
				return false
			}
		}
	}
	return r.accepts(at)
}

// states is the set of instructions that the automaton has reached.
type states map[uint32]bool

// enter adds an instruction, and the instructions that follow it without a character.
func (r *rule) enter(to states, pc uint32, first bool) {
	if to[pc] {
		return
	}
	to[pc] = true
	switch in := r.prog.Inst[pc]; in.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		r.enter(to, in.Out, first)
		r.enter(to, in.Arg, first)
	case syntax.InstCapture, syntax.InstNop:
		r.enter(to, in.Out, first)
	case syntax.InstEmptyWidth:
		if first && syntax.EmptyOp(in.Arg) == syntax.EmptyBeginText {
			r.enter(to, in.Out, first)
		}
	case syntax.InstFail, syntax.InstMatch, syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
	}
}

// takesRune reports whether an instruction consumes a character.
func takesRune(in *syntax.Inst) bool {
	switch in.Op {
	case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
		return true
	case syntax.InstAlt, syntax.InstAltMatch, syntax.InstCapture, syntax.InstNop, syntax.InstEmptyWidth, syntax.InstFail, syntax.InstMatch:
	}
	return false
}

// step returns the states after a character.
func (r *rule) step(from states, c rune, folded bool) states {
	to := states{}
	for pc := range from {
		in := &r.prog.Inst[pc]
		if !takesRune(in) {
			continue
		}
		takes := in.MatchRune(c)
		for other := unicode.SimpleFold(c); folded && !takes && other != c; other = unicode.SimpleFold(other) {
			takes = in.MatchRune(other)
		}
		if takes {
			r.enter(to, in.Out, false)
		}
	}
	return to
}

// anything adds the states after any characters.
func (r *rule) anything(at states) {
	for before := -1; before != len(at); {
		before = len(at)
		for pc := range at {
			if in := &r.prog.Inst[pc]; takesRune(in) {
				r.enter(at, in.Out, false)
			}
		}
	}
}

// accepts reports whether the text may end here.
func (r *rule) accepts(at states) bool {
	for pc := range at {
		in := &r.prog.Inst[pc]
		end := in.Op == syntax.InstEmptyWidth && syntax.EmptyOp(in.Arg) == syntax.EmptyEndText
		if end && r.prog.Inst[in.Out].Op == syntax.InstMatch {
			return true
		}
	}
	return false
}
