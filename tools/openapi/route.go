package main

import (
	"fmt"
	"regexp"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/route"
)

// Route is the HTTP route of an RPC.
type Route struct {
	// Verb is the HTTP method in lower case.
	Verb string
	// Path is the template. Its variables have the names of the resource patterns: /v1/villages/{village}/needs/{need}.
	Path string
	// Variables are the variables of the template, in order.
	Variables []Variable
}

// Variable is a part of a path that the caller fills in.
type Variable struct {
	// Name is its name in the template.
	Name string
	// Field is the path of the request field that contains it.
	Field string
	// Pattern is the constraint on this part in the field's constraint; empty if there is none.
	Pattern string
}

// Route reads a method's HTTP rule.
func (c *Contract) Route(method protoreflect.MethodDescriptor) (Route, error) {
	rule, ok := route.Of(method)
	found, failed := Route{Verb: strings.ToLower(rule.Verb)}, error(nil)
	if !ok || (&PathItem{}).slot(found.Verb) == nil {
		return Route{}, fmt.Errorf("%s: has no HTTP rule that OpenAPI can say", method.FullName())
	}
	found.Path = rule.Fill(func(v route.Variable) string {
		variables, path, err := c.expand(method.Input(), v.Field, v.Pattern)
		if err != nil {
			failed = fmt.Errorf("%s: %w", method.FullName(), err)
		}
		found.Variables = append(found.Variables, variables...)
		return path
	})
	return found, failed
}

// expand converts the variable field=villages/*/needs/* to villages/{village}/needs/{need}.
func (c *Contract) expand(request protoreflect.MessageDescriptor, field, pattern string) ([]Variable, string, error) {
	descriptor, err := fieldAt(request, field)
	if err != nil {
		return nil, "", err
	}
	segments := strings.Split(pattern, "/")
	constraints := segmentPatterns(rules(descriptor), segments)
	var variables []Variable
	for i, segment := range segments {
		if segment != "*" && segment != "**" {
			continue
		}
		name := string(descriptor.Name())
		if i > 0 && c.variables[segments[i-1]] != "" {
			name = c.variables[segments[i-1]]
		}
		variables = append(variables, Variable{Name: name, Field: field, Pattern: constraints[i]})
		segments[i] = "{" + name + "}"
	}
	return variables, strings.Join(segments, "/"), nil
}

// segmentPatterns splits a constraint on a whole name into its segments: ^villages/[0-9]{12}$ becomes [0-9]{12} for the
// second segment. If the constraint and the template have different forms, it returns no constraints.
func segmentPatterns(rules *validate.FieldRules, template []string) []string {
	nothing := make([]string, len(template))
	whole := strings.TrimSuffix(strings.TrimPrefix(patternOf(rules.GetString()), "^"), "$")
	parts := strings.Split(whole, "/")
	if whole == "" || len(parts) != len(template) {
		return nothing
	}
	patterns := make([]string, len(template))
	for i, part := range parts {
		if template[i] == "*" || template[i] == "**" {
			patterns[i] = "^" + part + "$"
			if _, err := regexp.Compile(patterns[i]); err != nil {
				return nothing // the constraint has a slash inside a group
			}
		} else if part != template[i] {
			return nothing
		}
	}
	return patterns
}

// fieldAt returns the field at a dotted path of field names in proto or JSON form.
func fieldAt(message protoreflect.MessageDescriptor, path string) (protoreflect.FieldDescriptor, error) {
	var field protoreflect.FieldDescriptor
	for name := range strings.SplitSeq(path, ".") {
		if field != nil {
			message = field.Message()
		}
		if message == nil {
			return nil, fmt.Errorf("%s leads through a field that is no message", path)
		}
		if field = message.Fields().ByTextName(name); field == nil {
			field = message.Fields().ByJSONName(name)
		}
		if field == nil {
			return nil, fmt.Errorf("%s has no field %s", message.FullName(), name)
		}
	}
	return field, nil
}
