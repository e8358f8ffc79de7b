package fault

import (
	"errors"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Validation turns what protovalidate found into INVALID_ARGUMENT with a violation per field: the constraint's id in
// UPPER_SNAKE as its reason (string.campaign_name is STRING_CAMPAIGN_NAME), and what it asks for in both languages. Any other
// error, such as a rule that does not compile, is returned as it is.
func Validation(err error) error {
	var failed *protovalidate.ValidationError
	if !errors.As(err, &failed) {
		return err
	}
	violations := make([]Violation, len(failed.Violations))
	for i, v := range failed.Violations {
		w := constraintOf(v).words()
		if w.en == "" { // a rule that has no words; a test finds those of the protos
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

// constraint is a rule of a field of the protos and, where a request violates it, the value at fault.
type constraint struct {
	id    string                       // as protovalidate names it: string.max_len
	rule  protoreflect.FieldDescriptor // nil for what is no field of the rules
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

// rulesAround is the message that holds the violated rule: the path of the rule leads to it from the field's option.
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
