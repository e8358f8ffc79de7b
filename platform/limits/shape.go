package limits

import (
	"fmt"
	"reflect"
	"strconv"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// Sizes in bytes of a pointer, and of the header of a string or a slice.
const (
	pointerBytes = 8
	headBytes    = 24
)

// Shape is the memory layout of a message, derived from its descriptor. It estimates the size of a message before the
// message is decoded. A Shape is immutable and safe for concurrent use.
type Shape struct {
	// MaxBytes is the largest size of the message as a request; see [MaxBytes].
	MaxBytes int

	own    int64 // bytes of the message itself
	fields map[protowire.Number]*field
	names  map[string]*field // JSON names and proto names
	lists  int
}

// field is a field of a message.
type field struct {
	name    string
	message *Shape // nil for a scalar
	list    bool
	width   int // bytes per element of a packed list; 1 if the width varies, 0 if the list is not packed
	nth     int // index among the lists of the message
	most    int // protovalidate's max_items; 0 means no limit
}

// ShapeOf compiles the shape of a message.
func ShapeOf(d protoreflect.MessageDescriptor) *Shape { return shapes{}.of(d) }

// shapes holds the shapes compiled so far, so that a message can contain itself.
type shapes map[protoreflect.FullName]*Shape

func (c shapes) of(d protoreflect.MessageDescriptor) *Shape {
	if s := c[d.FullName()]; s != nil {
		return s
	}
	s := &Shape{MaxBytes: MaxBytes(d), own: structBytes(d), fields: map[protowire.Number]*field{}, names: map[string]*field{}}
	c[d.FullName()] = s
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		one := &field{name: string(f.Name()), list: f.IsList() || f.IsMap()}
		if one.list {
			one.most, one.nth, one.width = maxItems(f), s.lists, widthOf(f)
			s.lists++
		}
		if f.Message() != nil {
			one.message = c.of(f.Message())
		}
		s.fields[f.Number()], s.names[string(f.Name())], s.names[f.JSONName()] = one, one, one
	}
	return s
}

// structBytes returns the size of the struct that holds a message. A message without a Go type, such as the entry of a
// map, is estimated from its number of fields.
func structBytes(d protoreflect.MessageDescriptor) int64 {
	t, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		return headBytes * int64(d.Fields().Len())
	}
	return int64(reflect.TypeOf(t.Zero().Interface()).Elem().Size()) //nolint:gosec // the size of a struct
}

// widthOf returns the width of the elements of a list, see field.width.
func widthOf(f protoreflect.FieldDescriptor) int {
	switch f.Kind() {
	case protoreflect.StringKind, protoreflect.BytesKind, protoreflect.MessageKind, protoreflect.GroupKind:
		return 0
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind, protoreflect.FloatKind:
		return 4
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind, protoreflect.DoubleKind:
		return 8
	default:
		return 1
	}
}

func maxItems(f protoreflect.FieldDescriptor) int {
	rules, _ := proto.GetExtension(f.Options(), validate.E_Field).(*validate.FieldRules)
	return int(rules.GetRepeated().GetMaxItems()) //nolint:gosec // our own constraints
}

// Excess is a list with more elements than its field allows.
type Excess struct {
	// Field is the path of the list from the message, as in the proto: requests[3].names.
	Field string
	// Most is how many elements the field allows.
	Most int
}

// Error implements error.
func (e *Excess) Error() string { return fmt.Sprintf("%s has more than %d elements", e.Field, e.Most) }

// within returns the error with the path from the message that contains the field. index is negative if the field is
// not a list.
func (e *Excess) within(f *field, index int) *Excess {
	name := f.name
	if index >= 0 {
		name += "[" + strconv.Itoa(index) + "]"
	}
	return &Excess{name + "." + e.Field, e.Most}
}
