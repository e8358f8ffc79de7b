package server

import (
	"fmt"
	"strings"
	"unicode"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/fault"
)

// unfit finds the texts of a request that no reader should be handed: with control characters, NUL among them, which
// PostgreSQL does not store, or with those that turn the direction of the text around them, by which one name can be made
// to look like another. Line breaks and tabs are text.
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
	case f.Kind() == protoreflect.StringKind && strings.ContainsFunc(v.String(), isUnfit):
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
