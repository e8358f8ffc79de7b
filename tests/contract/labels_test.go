package contract

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"

	labelv1 "github.com/wancun/wancun/proto/gen/wancun/label/v1"

	"github.com/wancun/wancun/platform/label"
)

// longest is the maximum length of a Chinese label, in characters: it must fit the heading of a column.
const longest = 12

// shown are the messages and enums that users see: those in packages with services, and those that their fields
// contain.
type shown struct {
	messages []protoreflect.MessageDescriptor
	enums    []protoreflect.EnumDescriptor
	methods  []protoreflect.MethodDescriptor
	seen     map[protoreflect.FullName]bool
}

func everythingShown(t *testing.T) *shown {
	t.Helper()
	s := &shown{seen: map[protoreflect.FullName]bool{}}
	served := map[protoreflect.FullName]bool{}
	files(t, func(f protoreflect.FileDescriptor) {
		for i := range f.Services().Len() {
			served[f.Package()] = true
			methods := f.Services().Get(i).Methods()
			for j := range methods.Len() {
				s.methods = append(s.methods, methods.Get(j))
			}
		}
	})
	files(t, func(f protoreflect.FileDescriptor) {
		for i := range f.Messages().Len() {
			if served[f.Package()] {
				s.add(f.Messages().Get(i))
			}
		}
	})
	if len(s.messages) < 50 || len(s.enums) < 10 || len(s.methods) < 40 {
		t.Fatalf("only %d messages, %d enums and %d methods were found", len(s.messages), len(s.enums), len(s.methods))
	}
	return s
}

func (s *shown) add(m protoreflect.MessageDescriptor) {
	if s.seen[m.FullName()] || !strings.HasPrefix(string(m.FullName()), "wancun.") {
		return
	}
	s.seen[m.FullName()] = true
	s.messages = append(s.messages, m)
	for i := range m.Fields().Len() {
		f := m.Fields().Get(i)
		if f.Message() != nil {
			s.add(f.Message())
		}
		if e := f.Enum(); e != nil && !s.seen[e.FullName()] {
			s.seen[e.FullName()] = true
			s.enums = append(s.enums, e)
		}
	}
	for i := range m.Messages().Len() {
		s.add(m.Messages().Get(i))
	}
}

// envelope reports whether a message is a request or a response. Users do not see these.
func envelope(m protoreflect.MessageDescriptor) bool {
	name := string(m.Name())
	return strings.HasSuffix(name, "Request") || strings.HasSuffix(name, "Response")
}

// readable fails the test for a label that a form could not show.
func readable(t *testing.T, of protoreflect.FullName, option string, w label.Words) {
	t.Helper()
	switch {
	case w.Zh == "":
		t.Errorf("%s has no label in Chinese: give it the option (wancun.label.v1.%s)", of, option)
	case utf8.RuneCountInString(w.Zh) > longest:
		t.Errorf("%s: the label %s has more than %d characters", of, w.Zh, longest)
	case !strings.ContainsFunc(w.Zh, func(r rune) bool { return unicode.Is(unicode.Han, r) }):
		t.Errorf("%s: the label %q is not Chinese", of, w.Zh)
	}
	if w.En == "" || strings.ContainsFunc(w.En, func(r rune) bool { return r > unicode.MaxASCII }) || strings.Contains(w.En, "_") {
		t.Errorf("%s: the label %q is not English", of, w.En)
	}
}

func TestEveryFieldHasALabelOfItsOwnInItsMessage(t *testing.T) {
	for _, m := range everythingShown(t).messages {
		taken := map[string]protoreflect.Name{}
		for i := range m.Fields().Len() {
			f := m.Fields().Get(i)
			w := label.Field(f)
			readable(t, f.FullName(), "field", w)
			for _, text := range []string{w.Zh, w.En} {
				if other, ok := taken[text]; ok {
					t.Errorf("%s: %s is called %q as well", f.FullName(), other, text)
				}
				taken[text] = f.Name()
			}
		}
	}
}

func TestEveryKindHasALabel(t *testing.T) {
	for _, m := range everythingShown(t).messages {
		if !envelope(m) {
			readable(t, m.FullName(), "kind", label.Kind(m))
		}
	}
}

func TestEveryValueOfAnEnumHasALabelOfItsOwn(t *testing.T) {
	for _, e := range everythingShown(t).enums {
		taken := map[string]protoreflect.Name{}
		for i := range e.Values().Len() {
			v := e.Values().Get(i)
			w := label.Value(v)
			readable(t, e.FullName().Append(v.Name()), "value", w)
			for _, text := range []string{w.Zh, w.En} {
				if other, ok := taken[text]; ok {
					t.Errorf("%s of %s: %s is called %q as well", v.Name(), e.FullName(), other, text)
				}
				taken[text] = v.Name()
			}
		}
	}
}

func TestEveryMethodHasALabel(t *testing.T) {
	for _, m := range everythingShown(t).methods {
		readable(t, m.FullName(), "verb", label.Verb(m))
	}
}

func TestEveryAmountOfMoneyIsInFen(t *testing.T) {
	amounts := 0
	for _, m := range everythingShown(t).messages {
		for i := range m.Fields().Len() {
			f := m.Fields().Get(i)
			unit := label.UnitOf(f)
			if strings.HasSuffix(string(f.Name()), "_fen") != (unit.GetFixed() == labelv1.Unit_FEN) {
				t.Errorf("%s: a field whose name ends in _fen, and no other, has the unit FEN", f.FullName())
			}
			if unit != nil && f.Kind() != protoreflect.Int64Kind {
				t.Errorf("%s has a unit and is no int64", f.FullName())
			}
			if by := unit.GetNamedBy(); unit != nil && unit.GetFixed() == 0 && m.Fields().ByName(protoreflect.Name(by)) == nil {
				t.Errorf("%s: its unit is named by %q, which is no field of its message", f.FullName(), by)
			}
			if unit.GetFixed() == labelv1.Unit_FEN {
				amounts++
			}
		}
	}
	if amounts == 0 {
		t.Error("no amount of money was found")
	}
}

// A label of Standard without a field would never be used.
func TestEveryStandardLabelIsOneThatAFieldTakes(t *testing.T) {
	names := map[protoreflect.Name]bool{}
	for _, m := range everythingShown(t).messages {
		for i := range m.Fields().Len() {
			names[m.Fields().Get(i).Name()] = true
		}
	}
	standard := (&labelv1.Standard{}).ProtoReflect().Descriptor().Fields()
	for i := range standard.Len() {
		if !names[standard.Get(i).Name()] {
			t.Errorf("no field is called %s", standard.Get(i).Name())
		}
	}
}
