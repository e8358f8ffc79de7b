package fault

import (
	"errors"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Validation converts an error of protovalidate into INVALID_ARGUMENT with a violation per field. The reason is the
// constraint's id in UPPER_SNAKE case (string.campaign_name becomes STRING_CAMPAIGN_NAME), and the texts describe the
// requirement in both languages. It returns any other error, such as a rule that does not compile, as it is.
func Validation(err error) error {
	var failed *protovalidate.ValidationError
	if !errors.As(err, &failed) {
		return err
	}
	violations := make([]Violation, len(failed.Violations))
	for i, v := range failed.Violations {
		w := constraintOf(v).words()
		if w.en == "" { // a rule without words; a test reports such rules in the protos
			w.en = v.Proto.GetMessage()
		}
		violations[i] = Violation{
			Field:       protovalidate.FieldPathString(v.Proto.GetField()),
			Reason:      upperSnake(v.Proto.GetRuleId()),
			Description: w.en,
			Chinese:     w.zh,
		}
	}
	return InvalidAll(violations)
}

func upperSnake(id string) string {
	return strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(id))
}

// constraint is a rule of a field in the protos. If a request violates it, given is the invalid value.
type constraint struct {
	id    string                       // as in protovalidate: string.max_len
	rule  protoreflect.FieldDescriptor // nil if the constraint is not a field of the rules
	value protoreflect.Value           // of the rule
	among protoreflect.Message         // the rules of the field's type, such as buf.validate.Int64Rules; may be nil
	field protoreflect.FieldDescriptor
	given protoreflect.Value
}

func constraintOf(v *protovalidate.Violation) constraint {
	return constraint{
		id: v.Proto.GetRuleId(), rule: v.RuleDescriptor, value: v.RuleValue,
		among: rulesAround(v), field: v.FieldDescriptor, given: v.FieldValue,
	}
}

// rulesAround returns the message that contains the violated rule, by following the rule's path from the option of the
// field.
func rulesAround(v *protovalidate.Violation) protoreflect.Message {
	if v.FieldDescriptor == nil {
		return nil
	}
	rules, ok := proto.GetExtension(v.FieldDescriptor.Options(), validate.E_Field).(*validate.FieldRules)
	if !ok {
		return nil
	}
	at := rules.ProtoReflect()
	path := v.Proto.GetRule().GetElements()
	for _, e := range path[:max(0, len(path)-1)] {
		f := at.Descriptor().Fields().ByNumber(protoreflect.FieldNumber(e.GetFieldNumber()))
		if f == nil || f.Message() == nil || f.IsList() || f.IsMap() {
			return nil
		}
		at = at.Get(f).Message()
	}
	return at
}
