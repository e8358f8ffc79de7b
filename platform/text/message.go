package text

import (
	"strconv"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"

	"github.com/wancun/wancun/platform/fault"
)

// FormOf returns the form that the protos declare for a field, or else for the rule of wancun.resource.v1 that its
// constraints name.
func FormOf(f protoreflect.FieldDescriptor) Form {
	if form := declared(f); form != Line {
		return form
	}
	form := Line
	constraints, _ := proto.GetExtension(f.Options(), validate.E_Field).(*validate.FieldRules)
	for _, rules := range []*validate.StringRules{constraints.GetString(), constraints.GetRepeated().GetItems().GetString()} {
		rules.ProtoReflect().Range(func(rule protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
			form = declared(rule)
			return form == Line
		})
	}
	return form
}

// declared returns the form in the option of a field or of a rule.
func declared(f protoreflect.FieldDescriptor) Form {
	switch option, _ := proto.GetExtension(f.Options(), resourcev1.E_Text).(*resourcev1.Text); option.GetForm() {
	case resourcev1.Text_LINES:
		return Lines
	case resourcev1.Text_OPAQUE:
		return Opaque
	case resourcev1.Text_UUID:
		return UUID
	case resourcev1.Text_FORM_UNSPECIFIED:
	}
	return Line
}

// Messages normalises messages of certain types. Create it once; it is safe for concurrent use.
type Messages struct {
	fields map[protoreflect.FullName][]field // by message type: the fields that hold texts, directly or within messages
}

type field struct {
	protoreflect.FieldDescriptor
	value protoreflect.FieldDescriptor // the values of a map, otherwise the field itself
	form  Form
}

// Of returns Messages for these types and for all types that they contain.
func Of(types ...protoreflect.MessageDescriptor) *Messages {
	m := &Messages{fields: map[protoreflect.FullName][]field{}}
	for _, d := range types {
		m.add(d)
	}
	return m
}

func (m *Messages) add(d protoreflect.MessageDescriptor) {
	if _, known := m.fields[d.FullName()]; known {
		return
	}
	m.fields[d.FullName()] = nil
	var fields []field
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		value := f
		if f.IsMap() {
			value = f.MapValue()
		}
		if holdsText(value, nil) {
			fields = append(fields, field{f, value, FormOf(f)})
		}
		if value.Message() != nil {
			m.add(value.Message())
		}
	}
	m.fields[d.FullName()] = fields
}

// holdsText reports whether a text can be reached from a field without passing the message types in seen.
func holdsText(f protoreflect.FieldDescriptor, seen []protoreflect.MessageDescriptor) bool {
	d := f.Message()
	if d == nil {
		return f.Kind() == protoreflect.StringKind
	}
	for _, s := range seen {
		if s == d {
			return false
		}
	}
	for i := range d.Fields().Len() {
		if holdsText(d.Fields().Get(i), append(seen, d)) {
			return true
		}
	}
	return false
}

// Normalize normalises every text of a message in place, except the keys of maps. It returns a violation for each text
// that is refused, and leaves that text unchanged. A message of a type that Of did not receive is left unchanged.
func (m *Messages) Normalize(message proto.Message) []fault.Violation {
	return m.message(message.ProtoReflect(), nil)
}

func (m *Messages) message(in protoreflect.Message, found []fault.Violation) []fault.Violation {
	fields := m.fields[in.Descriptor().FullName()]
	for i := range fields {
		f := &fields[i]
		if !in.Has(f.FieldDescriptor) {
			continue
		}
		before := len(found)
		switch {
		case f.IsList():
			found = m.list(f, in.Get(f.FieldDescriptor).List(), found)
		case f.IsMap():
			found = m.entries(f, in.Get(f.FieldDescriptor).Map(), found)
		case f.Message() != nil:
			found = m.message(in.Get(f.FieldDescriptor).Message(), found)
		default:
			if text, refused := f.normalize(in.Get(f.FieldDescriptor)); refused != nil {
				found = append(found, refused.violation())
			} else if text != nil {
				in.Set(f.FieldDescriptor, protoreflect.ValueOfString(*text))
			}
		}
		within(string(f.Name()), found[before:])
	}
	return found
}

func (m *Messages) list(f *field, list protoreflect.List, found []fault.Violation) []fault.Violation {
	for i := range list.Len() {
		before := len(found)
		if f.Message() != nil {
			found = m.message(list.Get(i).Message(), found)
		} else if text, refused := f.normalize(list.Get(i)); refused != nil {
			found = append(found, refused.violation())
		} else if text != nil {
			list.Set(i, protoreflect.ValueOfString(*text))
		}
		if len(found) > before {
			within("["+strconv.Itoa(i)+"]", found[before:])
		}
	}
	return found
}

func (m *Messages) entries(f *field, entries protoreflect.Map, found []fault.Violation) []fault.Violation {
	entries.Range(func(key protoreflect.MapKey, v protoreflect.Value) bool {
		before := len(found)
		if f.value.Message() != nil {
			found = m.message(v.Message(), found)
		} else if text, refused := f.normalize(v); refused != nil {
			found = append(found, refused.violation())
		} else if text != nil {
			entries.Set(key, protoreflect.ValueOfString(*text)) // the key exists, so Range allows it
		}
		within("["+strconv.Quote(key.String())+"]", found[before:])
		return true
	})
	return found
}

// normalize returns the text that replaces a value, or nil if the value stays.
func (f *field) normalize(v protoreflect.Value) (*string, *Refusal) {
	given := v.String()
	if f.form.isNormal(given) {
		return nil, nil
	}
	text, refused := f.form.Normalize(given)
	return &text, refused
}

func (r *Refusal) violation() fault.Violation {
	return fault.Violation{Reason: r.Reason, Description: r.English, Chinese: r.Chinese}
}

// within prefixes the fields of the violations with place.
func within(place string, found []fault.Violation) {
	for i := range found {
		switch field := found[i].Field; {
		case field == "" || field[0] == '[':
			found[i].Field = place + field
		default:
			found[i].Field = place + "." + field
		}
	}
}
