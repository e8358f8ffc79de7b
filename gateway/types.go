package gateway

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/label"
)

// misplaced returns the error at a place in the body of a call.
func (r *routes) misplaced(method string, m misread) field {
	out := field{Pointer: pointer(m.Names), Detail: m.Says, Reason: "WRONG_TYPE"}
	f, element := r.bodyField(method, m.Names)
	if f != nil {
		out.call(label.Field(f))
	}
	switch {
	case strings.HasPrefix(m.Says, "unknown field"):
		out.Detail, out.Reason = "there is no such field", "UNKNOWN_FIELD"
	case strings.HasPrefix(m.Says, "duplicate field"):
		out.Detail, out.Reason = "is given more than once", "DUPLICATE_FIELD"
	case len(m.Names) == 0:
		out.Detail = "the body must be an object"
	case f != nil:
		return wrongType(out, f, element)
	}
	return out
}

// bodyField returns the field at a place in the body, and whether the place is an element of the field's list. The
// field is nil if there is none.
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

// wrongType sets the detail of an error to the type that a field, or an element of its list, requires.
func wrongType(at field, f protoreflect.FieldDescriptor, element bool) field {
	at.Detail, at.Reason = mustBe(f), "WRONG_TYPE"
	switch {
	case f.IsList() && !element:
		at.Detail = "must be a list"
	case f.Enum() != nil:
		at.Reason = "UNKNOWN_VALUE"
		at.Detail, at.chinese = fault.OneOf(f.Enum())
	}
	return at
}

// mustBe returns a description of the type that a field requires.
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
