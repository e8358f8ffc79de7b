package main

import (
	"slices"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	labelv1 "github.com/wancun/wancun/proto/gen/wancun/label/v1"

	"github.com/wancun/wancun/platform/label"
)

// describe says in the schema of a field what a form or a table must know to show it: its label, its unit, the resource that
// it names, and whether it can be changed.
func (c *Contract) describe(schema *Schema, field protoreflect.FieldDescriptor) {
	words := label.Field(field)
	schema.Title, schema.LabelZh = words.En, words.Zh
	if unit := label.UnitOf(field); unit.GetNamedBy() != "" {
		schema.UnitNamedBy = field.ContainingMessage().Fields().ByName(protoreflect.Name(unit.GetNamedBy())).JSONName()
	} else if unit.GetFixed() != labelv1.Unit_FIXED_UNSPECIFIED {
		schema.Unit = unit.GetFixed().String()
	}
	behaviors, _ := proto.GetExtension(field.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	schema.Immutable = slices.Contains(behaviors, annotations.FieldBehavior_IMMUTABLE)
	r := extension[*validate.FieldRules](field.Options(), validate.E_Field)
	schema.Reference = c.referenceOf(r.GetString())
	if schema.Items != nil {
		schema.Items.Reference = c.referenceOf(r.GetRepeated().GetItems().GetString())
	}
}

// referenceOf is the type of the resource whose name a text must be, by the rule that it follows: village_name asks for the
// name of a village.
func (c *Contract) referenceOf(r *validate.StringRules) string {
	var named string
	formsOf(r, func(rule protoreflect.FieldDescriptor) {
		if singular, ok := strings.CutSuffix(string(rule.Name()), "_name"); ok {
			named = c.resources[singular]
		}
	})
	return named
}

// describeKind says in the schema of a message what one of its kind is called, and which resource it is.
func describeKind(schema *Schema, message protoreflect.MessageDescriptor) {
	if words := label.Kind(message); words.Zh != "" { // a request has no label
		schema.Title, schema.LabelZh = words.En, words.Zh
	}
	schema.Resource = resourceOf(message).GetType()
}

func labelsOf(enum protoreflect.EnumDescriptor) map[string]Label {
	labels := map[string]Label{}
	for i := range enum.Values().Len() {
		words := label.Value(enum.Values().Get(i))
		labels[string(enum.Values().Get(i).Name())] = Label(words)
	}
	return labels
}
