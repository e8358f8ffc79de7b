package main

import (
	"slices"
	"strconv"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	labelv1 "github.com/wancun/wancun/proto/gen/wancun/label/v1"
	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"

	"github.com/wancun/wancun/platform/label"
	"github.com/wancun/wancun/platform/text"
)

// describe adds to a field's schema what a form or a table needs: its label, its unit, the resource that it names,
// whether it can be changed, and what asks a second person or the caller again.
func describe(schema *Schema, field protoreflect.FieldDescriptor) {
	words := label.Field(field)
	schema.Title, schema.LabelZh = words.En, words.Zh
	if unit := label.UnitOf(field); unit.GetNamedBy() != "" {
		schema.UnitNamedBy = field.ContainingMessage().Fields().ByName(protoreflect.Name(unit.GetNamedBy())).JSONName()
	} else if unit.GetFixed() != labelv1.Unit_FIXED_UNSPECIFIED {
		schema.Unit = unit.GetFixed().String()
	}
	behaviors, _ := proto.GetExtension(field.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	schema.Immutable = slices.Contains(behaviors, annotations.FieldBehavior_IMMUTABLE)
	schema.Vetted, _ = proto.GetExtension(field.Options(), resourcev1.E_Vetted).(bool)
	if limit := extension[*resourcev1.Plausible](field.Options(), resourcev1.E_Plausible); limit != nil {
		schema.PlausibleMaximum = strconv.FormatInt(limit.GetAtMost(), 10)
	}
	schema.Lines = field.Kind() == protoreflect.StringKind && text.FormOf(field) == text.Lines
	schema.Fields = filterable(field)
	reference := extension[*annotations.ResourceReference](field.Options(), annotations.E_ResourceReference)
	if reference.GetType() != "*" { // "*" means any resource
		schema.Reference = reference.GetType()
	}
}

// filterable returns the fields that a filter or an order may name; nil for any other field.
func filterable(field protoreflect.FieldDescriptor) []string {
	filter := field.ContainingMessage().Fields().ByName("filter")
	if filter == nil || field != filter && field.Name() != "order_by" {
		return nil
	}
	declared := extension[*resourcev1.Filterable](filter.Options(), resourcev1.E_Filterable)
	return append(slices.Clone(declared.GetFields()), "name", "create_time", "update_time")
}

// describeKind adds the label and the resource type of a message to its schema.
func describeKind(schema *Schema, message protoreflect.MessageDescriptor) {
	if words := label.Kind(message); words.Zh != "" { // requests have no label
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
