package fault

import (
	"errors"

	"buf.build/go/protovalidate"
)

// Validation turns what protovalidate found into INVALID_ARGUMENT with a violation per field, the constraint's id as its
// reason. Any other error, such as a rule that does not compile, is returned as it is.
func Validation(err error) error {
	var failed *protovalidate.ValidationError
	if !errors.As(err, &failed) {
		return err
	}
	violations := make([]Violation, len(failed.Violations))
	for i, v := range failed.Violations {
		violations[i] = Violation{
			Field:       protovalidate.FieldPathString(v.Proto.GetField()),
			Reason:      v.Proto.GetRuleId(),
			Description: v.Proto.GetMessage(),
		}
	}
	return InvalidAll(violations)
}
