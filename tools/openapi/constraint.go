package main

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"
)

// rules returns a field's constraints; nil if it has none, or if they are not enforced.
func rules(field protoreflect.FieldDescriptor) *validate.FieldRules {
	r := extension[*validate.FieldRules](field.Options(), validate.E_Field)
	if r.GetIgnore() == validate.Ignore_IGNORE_ALWAYS {
		return nil
	}
	return r
}

// constrainObject adds the constraints of a message's fields to its schema, and sorts the properties in the order of
// the proto.
func constrainObject(object *Schema, message protoreflect.MessageDescriptor) {
	position := func(name string) int {
		if field := message.Fields().ByJSONName(name); field != nil {
			return field.Index()
		}
		return message.Fields().Len()
	}
	slices.SortStableFunc(object.Properties, func(a, b Property) int {
		return cmp.Compare(position(a.Name), position(b.Name))
	})
	for _, property := range object.Properties {
		if field := message.Fields().ByJSONName(property.Name); field != nil {
			constrain(property.Schema, field)
		}
	}
}

// constrain adds a field's constraints to its schema, and what a form needs to show the field.
func constrain(schema *Schema, field protoreflect.FieldDescriptor) {
	r := rules(field)
	describe(schema, field)
	if personal := extension[*accessv1.Personal](field.Options(), accessv1.E_Personal); personal != nil {
		schema.PersonalRoles = roleNames(personal.GetAudience())
	}
	switch {
	case field.IsMap():
		if pairs := r.GetMap(); pairs != nil {
			schema.MinProperties, schema.MaxProperties = pairs.MinPairs, pairs.MaxPairs
		}
	case field.IsList():
		if list := r.GetRepeated(); list != nil {
			schema.MinItems, schema.MaxItems, schema.UniqueItems = list.MinItems, list.MaxItems, list.GetUnique()
		}
		constrainValue(schema.Items, r.GetRepeated().GetItems())
	default:
		constrainValue(schema, r)
	}
}

// constrainValue adds the constraints of a single value to its schema.
func constrainValue(schema *Schema, r *validate.FieldRules) {
	if text := r.GetString(); text != nil {
		constrainText(schema, text)
		if r.GetIgnore() == validate.Ignore_IGNORE_IF_ZERO_VALUE && schema.Pattern != "" {
			schema.Pattern = "^(" + strings.TrimSuffix(strings.TrimPrefix(schema.Pattern, "^"), "$") + ")?$"
		}
	}
	if number := numericRules(r); number != nil {
		constrainNumber(schema, number.ProtoReflect())
	}
	if schema.Format == "int64" && schema.Type == "string" {
		schema.Pattern = "^-?[0-9]+$"
		if notNegative(schema.Minimum64) || notNegative(schema.ExclusiveMinimum64) {
			schema.Pattern = "^[0-9]+$"
		}
	}
}

func constrainText(schema *Schema, r *validate.StringRules) {
	schema.Pattern = patternOf(r)
	schema.MinLength, schema.MaxLength = r.MinLen, r.MaxLen
	formsOf(r, func(rule protoreflect.FieldDescriptor) { constrainByRule(schema, rule) })
	if r.Len != nil {
		schema.MinLength, schema.MaxLength = r.Len, r.Len
	}
	for _, allowed := range r.GetIn() {
		schema.Enum = append(schema.Enum, allowed)
	}
	if r.Const != nil {
		schema.Const = r.GetConst()
	}
	for format, wanted := range map[string]bool{
		"email": r.GetEmail(), "uri": r.GetUri(), "hostname": r.GetHostname(),
		"ipv4": r.GetIpv4(), "ipv6": r.GetIpv6(),
	} {
		if wanted {
			schema.Format = format
		}
	}
}

// formsOf calls fn with each rule of the protos that a text must satisfy.
func formsOf(r *validate.StringRules, fn func(rule protoreflect.FieldDescriptor)) {
	r.ProtoReflect().Range(func(rule protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if rule.IsExtension() && v.Bool() {
			fn(rule)
		}
		return true
	})
}

// matches matches the expression of a rule that requires a regular expression.
var matches = regexp.MustCompile(`^!rule \|\| this\.matches\('(\^[^']*\$)'\)$`)

// length matches a length in the expression of a rule.
var length = regexp.MustCompile(`this\.size\(\) (<=|>=) (\d+)`)

func expressionOf(rule protoreflect.FieldDescriptor) string {
	var all []string
	for _, cel := range extension[*validate.PredefinedRules](rule.Options(), validate.E_Predefined).GetCel() {
		all = append(all, cel.GetExpression())
	}
	return strings.Join(all, " && ")
}

// constrainByRule adds the lengths of a rule, and its format if it is a UUID, to a schema.
func constrainByRule(schema *Schema, rule protoreflect.FieldDescriptor) {
	for _, bound := range length.FindAllStringSubmatch(expressionOf(rule), -1) {
		n, err := strconv.ParseUint(bound[2], 10, 64)
		if err != nil {
			continue
		}
		if bound[1] == "<=" {
			schema.MaxLength = &n
		} else {
			schema.MinLength = &n
		}
	}
	if extension[*resourcev1.Text](rule.Options(), resourcev1.E_Text).GetForm() == resourcev1.Text_UUID {
		schema.Format, schema.Pattern = "uuid", ""
	}
}

// patternOf returns the regular expression that a rule of the protos requires; empty if there is none.
func patternOf(r *validate.StringRules) string {
	pattern := r.GetPattern()
	formsOf(r, func(rule protoreflect.FieldDescriptor) {
		if found := matches.FindStringSubmatch(expressionOf(rule)); found != nil {
			pattern = found[1]
		}
	})
	return pattern
}

// numericRules returns the rules of a number of any type. All of them name their bounds gt, gte, lt and lte.
func numericRules(r *validate.FieldRules) proto.Message {
	switch kind := r.GetType().(type) {
	case *validate.FieldRules_Int32:
		return kind.Int32
	case *validate.FieldRules_Int64:
		return kind.Int64
	case *validate.FieldRules_Uint32:
		return kind.Uint32
	case *validate.FieldRules_Uint64:
		return kind.Uint64
	case *validate.FieldRules_Double:
		return kind.Double
	case *validate.FieldRules_Float:
		return kind.Float
	default:
		return nil
	}
}

func constrainNumber(schema *Schema, r protoreflect.Message) {
	bounds := map[protoreflect.Name]*any{
		"gt": &schema.ExclusiveMinimum, "gte": &schema.Minimum,
		"lt": &schema.ExclusiveMaximum, "lte": &schema.Maximum,
	}
	if schema.Type == "string" {
		bounds = map[protoreflect.Name]*any{
			"gt": &schema.ExclusiveMinimum64, "gte": &schema.Minimum64,
			"lt": &schema.ExclusiveMaximum64, "lte": &schema.Maximum64,
		}
	}
	for name, into := range bounds {
		field := r.Descriptor().Fields().ByName(name)
		switch {
		case !r.Has(field):
		case schema.Type == "string":
			*into = r.Get(field).String()
		default:
			*into = r.Get(field).Interface()
		}
	}
}

func notNegative(bound any) bool {
	text, _ := bound.(string)
	least, err := strconv.ParseInt(text, 10, 64)
	return err == nil && least >= 0
}
