package server

import (
	"fmt"
	"strings"
	"unicode"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/fault"
)

// fit reports whether no text of a request is one that no reader should be handed: with control characters, NUL among them,
// which PostgreSQL does not store, or with those that turn the direction of the text around them, by which one name can be
// made to look like another. Line breaks and tabs are text.
func fit(m protoreflect.Message) bool {
	all := true
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsMap():
		case f.IsList():
			for i := 0; all && i < v.List().Len(); i++ {
				all = fitValue(f, v.List().Get(i))
			}
		default:
			all = fitValue(f, v)
		}
		return all
	})
	return all
}

func fitValue(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
	switch f.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return fit(v.Message())
	case protoreflect.StringKind:
		return fitText(v.String())
	default:
		return true
	}
}

// fitText looks at characters only where a byte may begin one that is unfit; Chinese and ASCII text has no such byte.
func fitText(s string) bool {
	for i := range len(s) {
		switch b := s[i]; {
		case b < ' ', b == 0x7f, b == 0xc2, b == 0xe2: // U+0080 to U+00BF, U+2000 to U+2FFF
			return !strings.ContainsFunc(s[i:], isUnfit)
		}
	}
	return true
}

// unfit finds all the texts that are not fit, with their places.
func unfit(m protoreflect.Message, path string, found []fault.Violation) []fault.Violation {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		at := string(f.Name())
		if path != "" {
			at = path + "." + at
		}
		switch {
		case f.IsMap():
		case f.IsList():
			for i := range v.List().Len() {
				found = unfitValue(f, v.List().Get(i), fmt.Sprintf("%s[%d]", at, i), found)
			}
		default:
			found = unfitValue(f, v, at, found)
		}
		return true
	})
	return found
}

func unfitValue(f protoreflect.FieldDescriptor, v protoreflect.Value, at string, found []fault.Violation) []fault.Violation {
	switch {
	case f.Message() != nil:
		return unfit(v.Message(), at, found)
	case f.Kind() == protoreflect.StringKind && !fitText(v.String()):
		return append(found, fault.Violation{
			Field: at, Reason: "CONTROL_CHARACTER", Description: "must not contain control characters or text-direction marks",
		})
	}
	return found
}

func isUnfit(r rune) bool {
	switch r {
	case '\t', '\n', '\r':
		return false
	}
	return unicode.IsControl(r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}
