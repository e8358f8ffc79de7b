package gateway

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// misplaced says what is wrong at a place in the body of a call, and how the place is called in a sentence.
func (r *routes) misplaced(method string, m misread) (field, string) {
	out, name := field{Pointer: pointer(m.Names), Detail: m.Says, Reason: "WRONG_TYPE"}, parameter(m.Names)
	switch {
	case strings.HasPrefix(m.Says, "unknown field"):
		out.Detail, out.Reason = "there is no such field", "UNKNOWN_FIELD"
	case strings.HasPrefix(m.Says, "duplicate field"):
		out.Detail, out.Reason = "is given more than once", "DUPLICATE_FIELD"
	case len(m.Names) == 0:
		out.Detail = "the body must be an object"
	default:
		if f, element := r.bodyField(method, m.Names); f != nil {
			return wrongType(out, f, element), name
		}
	}
	return out, name
}

// bodyField is the field that a place in the body holds, or an element of whose list it holds; nil if there is none.
func (r *routes) bodyField(method string, names []string) (f protoreflect.FieldDescriptor, element bool) {
	o := r.methods[method]
	d := o.request
	if d != nil && o.body != "*" && o.body != "" {
		d = d.Fields().ByName(protoreflect.Name(o.body)).Message()
	}
	for _, name := range names {
		if f != nil && f.IsList() && !element {
			element = true
			continue
		}
		if d == nil {
			return nil, false
		}
		if f, element = eitherName(d, name), false; f == nil {
			return nil, false
		}
		d = f.Message()
	}
	return f, element
}

// wrongType says what a field takes, or what an element of its list does.
func wrongType(at field, f protoreflect.FieldDescriptor, element bool) field {
	at.Detail, at.Reason = mustBe(f), "WRONG_TYPE"
	switch {
	case f.IsList() && !element:
		at.Detail = "must be a list"
	case f.Enum() != nil:
		at.Reason, at.chinese = "UNKNOWN_VALUE", "须为 "+strings.Join(valueNames(f.Enum()), "、")+" 之一"
	}
	return at
}

// mustBe says what a field takes.
func mustBe(f protoreflect.FieldDescriptor) string {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return "must be true or false"
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind, protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return "must be a whole number of at most 32 bits"
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind, protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return "must be a whole number of at most 64 bits"
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return "must be a number"
	case protoreflect.EnumKind:
		return "must be one of " + strings.Join(valueNames(f.Enum()), ", ")
	case protoreflect.StringKind:
		return "must be a text"
	case protoreflect.BytesKind:
		return "must be bytes in Base64"
	case protoreflect.MessageKind, protoreflect.GroupKind:
		switch f.Message().FullName() {
		case "google.protobuf.Timestamp":
			return "must be a time such as 2019-08-20T00:00:00Z"
		case "google.protobuf.Duration":
			return "must be a duration such as 1.5s"
		case fieldMask:
			return "must be names of fields, separated by commas"
		}
	}
	return "must be an object"
}

// valueNames are the values of an enum except its zero value, which means that none is given.
func valueNames(e protoreflect.EnumDescriptor) []string {
	var names []string
	for i := range e.Values().Len() {
		if v := e.Values().Get(i); v.Number() != 0 {
			names = append(names, string(v.Name()))
		}
	}
	return names
}
