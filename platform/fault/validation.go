package fault

import (
	"errors"
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Validation turns what protovalidate found into INVALID_ARGUMENT with a violation per field, the constraint's id in
// UPPER_SNAKE as its reason (string.pattern is STRING_PATTERN). Any other error, such as a rule that does not compile, is
// returned as it is.
func Validation(err error) error {
	var failed *protovalidate.ValidationError
	if !errors.As(err, &failed) {
		return err
	}
	violations := make([]Violation, len(failed.Violations))
	for i, v := range failed.Violations {
		violations[i] = Violation{
			Field:       protovalidate.FieldPathString(v.Proto.GetField()),
			Reason:      upperSnake(v.Proto.GetRuleId()),
			Description: inWords(v),
		}
	}
	return InvalidAll(violations)
}

func upperSnake(id string) string {
	return strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(id))
}

// inWords says what a constraint asks for, where the library speaks of the constraint's making instead.
func inWords(v *protovalidate.Violation) string {
	switch id := v.Proto.GetRuleId(); id {
	case "required":
		return "must be given"
	case "string.pattern":
		if text, ok := v.FieldValue.Interface().(string); ok && text == "" {
			return "must not be empty"
		}
		return "is not of the form " + strings.TrimSuffix(strings.TrimPrefix(v.RuleValue.String(), "^"), "$")
	case "string.min_len", "repeated.min_items":
		if v.RuleValue.Uint() == 1 {
			return "must not be empty"
		}
	case "string.uuid", "string.uuid_empty":
		return "must be a UUID"
	case "enum.not_in", "enum.defined_only":
		return enumInWords(id, v)
	}
	return v.Proto.GetMessage()
}

// enumInWords lists the values that a field may have. The zero value stands for none given.
func enumInWords(id string, v *protovalidate.Violation) string {
	enum := v.FieldDescriptor.Enum()
	if enum == nil {
		return v.Proto.GetMessage()
	}
	var names []string
	for i := range enum.Values().Len() {
		if value := enum.Values().Get(i); value.Number() != 0 {
			names = append(names, string(value.Name()))
		}
	}
	choice := "one of " + strings.Join(names, ", ")
	if id == "enum.defined_only" {
		return "must be " + choice
	}
	if n, ok := v.FieldValue.Interface().(protoreflect.EnumNumber); ok && n == 0 {
		return "must be given: " + choice
	}
	return v.Proto.GetMessage()
}
