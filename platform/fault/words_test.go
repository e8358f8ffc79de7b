package fault

import (
	"regexp"
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	_ "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	_ "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	_ "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	_ "github.com/wancun/wancun/proto/gen/wancun/village/v1"
)

// technical matches texts that only programmers understand: regular expressions and CEL.
var technical = regexp.MustCompile(`[\^$\\|]|\[[^\]]*-|\{\d|this\.|regex|%!`)

func TestEveryConstraintHasWordsInBothLanguages(t *testing.T) {
	constraints := 0
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(file.Package()), "wancun.") {
			return true
		}
		for i := range file.Messages().Len() {
			m := file.Messages().Get(i)
			if proto.HasExtension(m.Options(), validate.E_Message) {
				t.Errorf("%s has a rule of its own, which has no words", m.FullName())
			}
			for j := range m.Fields().Len() {
				f := m.Fields().Get(j)
				rules, _ := proto.GetExtension(f.Options(), validate.E_Field).(*validate.FieldRules)
				for _, c := range constraintsOf(f, rules) {
					constraints++
					w := c.words()
					if w.en == "" || !chinese(w.zh) {
						t.Errorf("%s: %s has the words %q and %q; declare them in platform/fault/words.go, or a form as a rule in "+
							"proto/wancun/resource/v1/constraints.proto", f.FullName(), c.id, w.en, w.zh)
					}
					if text := w.en + w.zh; technical.MatchString(text) {
						t.Errorf("%s: %s is said as %q", f.FullName(), c.id, text)
					}
				}
			}
		}
		return true
	})
	if constraints < 200 {
		t.Errorf("only %d constraints were found", constraints)
	}
}

func chinese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= '\u4e00' && r <= '\u9fff' })
}

// constraintsOf returns the constraints of a field, each as if a value that is not empty violated it.
func constraintsOf(f protoreflect.FieldDescriptor, rules *validate.FieldRules) []constraint {
	if rules == nil {
		return nil
	}
	var all []constraint
	rules.ProtoReflect().Range(func(set protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case set.Name() == "ignore":
		case set.Message() == nil || set.IsList(): // required, cel
			all = append(all, constraint{id: string(set.Name()), rule: set, value: v, field: f})
		default:
			v.Message().Range(func(rule protoreflect.FieldDescriptor, value protoreflect.Value) bool {
				if items, ok := value.Interface().(protoreflect.Message); ok {
					all = append(all, constraintsOf(f, items.Interface().(*validate.FieldRules))...)
					return true
				}
				all = append(all, constraint{
					id: string(set.Name()) + "." + string(rule.Name()), rule: rule, value: value, among: v.Message(), field: f,
				})
				return true
			})
		}
		return true
	})
	return all
}
