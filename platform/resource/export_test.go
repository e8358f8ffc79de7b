package resource

import (
	"context"
	"regexp"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
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

// RuleOf is what a declared rule answers to the pieces of a pattern, and its regular expression.
func RuleOf(declared protoreflect.FieldDescriptor) (func(pieces ...string) bool, *regexp.Regexp, error) {
	r, err := ruleOf(declared)
	if err != nil {
		return nil, nil, err
	}
	return func(pieces ...string) bool { return r.matches(pieces, false) }, regexp.MustCompile(r.expression), nil
}
