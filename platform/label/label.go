package label

import (
	"strings"
	"unicode"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	labelv1 "github.com/wancun/wancun/proto/gen/wancun/label/v1"
)

// Words are a label in both languages. If the protos declare no label, Zh is empty and En is derived from the name.
type Words struct{ Zh, En string }

// String returns the English label.
func (w Words) String() string { return w.En }

// Field returns the label of a field, for a form or the heading of a column.
func Field(f protoreflect.FieldDescriptor) Words {
	w := declared(f, labelv1.E_Field)
	if w.Zh == "" && f.Message() != nil {
		w.Zh = declared(f.Message(), labelv1.E_Kind).Zh
	}
	if s := standard().Fields().ByName(f.Name()); w.Zh == "" && s != nil {
		w = declared(s, labelv1.E_Field)
	}
	return w.or(inWords(f.Name()))
}

// Kind returns the label of one message of a kind.
func Kind(m protoreflect.MessageDescriptor) Words {
	return declared(m, labelv1.E_Kind).or(inWords(m.Name()))
}

// Value returns the label of an enum value.
func Value(v protoreflect.EnumValueDescriptor) Words {
	w := declared(v, labelv1.E_Value)
	if w.Zh == "" && v.Number() == 0 {
		w = declared(verbs().ByNumber(0), labelv1.E_Value)
	}
	return w.or(inWords(v.Name()))
}

// Verb returns the label of a button that calls a method, without the kind that the method acts on.
func Verb(m protoreflect.MethodDescriptor) Words {
	w := declared(m, labelv1.E_Verb)
	if v := standardVerb(m.Name()); w.Zh == "" && v != nil {
		return Value(v)
	}
	first, _, _ := strings.Cut(inWords(m.Name()), " ")
	return w.or(first)
}

// At returns the label of the field at a path of the proto, such as `requests[12].need.title`. It returns the zero
// value if the path leads to no field.
func At(m protoreflect.MessageDescriptor, path string) Words {
	var w Words
	for part := range strings.SplitSeq(path, ".") {
		name, _, _ := strings.Cut(part, "[")
		if m == nil {
			return Words{}
		}
		f := m.Fields().ByName(protoreflect.Name(name))
		if f == nil {
			return Words{}
		}
		w, m = Field(f), f.Message()
	}
	return w
}

// UnitOf returns the unit of a field's values, nil if the protos declare none.
func UnitOf(f protoreflect.FieldDescriptor) *labelv1.Unit {
	unit, _ := proto.GetExtension(f.Options(), labelv1.E_Unit).(*labelv1.Unit)
	return unit
}

func declared(d protoreflect.Descriptor, option protoreflect.ExtensionType) Words {
	l, _ := proto.GetExtension(d.Options(), option).(*labelv1.Label)
	return Words{Zh: l.GetZh(), En: l.GetEn()}
}

func (w Words) or(english string) Words {
	if w.En == "" {
		w.En = english
	}
	return w
}

func standard() protoreflect.MessageDescriptor {
	return (*labelv1.Standard)(nil).ProtoReflect().Descriptor()
}

func verbs() protoreflect.EnumValueDescriptors {
	return labelv1.Standard_VERB_UNSPECIFIED.Descriptor().Values()
}

// standardVerb returns the longest verb of Standard that a method's name begins with, nil if there is none.
func standardVerb(method protoreflect.Name) protoreflect.EnumValueDescriptor {
	name := strings.ToUpper(strings.ReplaceAll(inWords(method), " ", "_")) + "_"
	var found protoreflect.EnumValueDescriptor
	for i := range verbs().Len() {
		v := verbs().Get(i)
		if strings.HasPrefix(name, string(v.Name())+"_") && (found == nil || len(v.Name()) > len(found.Name())) {
			found = v
		}
	}
	return found
}

// inWords converts a proto name into words: supervising_body, SOCIAL_GROUP and NeedCategory become "Supervising body",
// "Social group" and "Need category".
func inWords(name protoreflect.Name) string {
	var words strings.Builder
	before := '_'
	for _, r := range string(name) {
		if r == '_' || unicode.IsUpper(r) && unicode.IsLower(before) {
			words.WriteByte(' ')
		}
		switch {
		case r == '_':
		case words.Len() == 0:
			words.WriteRune(unicode.ToUpper(r))
		default:
			words.WriteRune(unicode.ToLower(r))
		}
		before = r
	}
	return words.String()
}
