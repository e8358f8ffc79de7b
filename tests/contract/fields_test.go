package contract

import (
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"go.einride.tech/aip/fieldbehavior"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"
)

// recurring are the fields with the same meaning in all requests, and the rule for each.
var recurring = map[protoreflect.Name]protoreflect.ExtensionType{
	"request_id": resourcev1.E_UuidOrEmpty,
	"etag":       resourcev1.E_Etag,
	"page_token": resourcev1.E_PageToken,
	"filter":     resourcev1.E_Filter,
	"order_by":   resourcev1.E_OrderBy,
	"reason":     resourcev1.E_Reason,

	"as_known_at": resourcev1.E_KnownAt,
}

// A recurring rule is declared once, with its length, its words and its white space. The fields that use it add no
// constraints.
func TestEveryRecurringFieldFollowsItsRuleAlone(t *testing.T) {
	seen := map[protoreflect.Name]int{}
	for _, m := range asked(t) {
		for name, rule := range recurring {
			f := m.Fields().ByName(name)
			if f == nil || fieldbehavior.Has(f, annotations.FieldBehavior_OUTPUT_ONLY) {
				continue
			}
			seen[name]++
			text := &validate.StringRules{}
			proto.SetExtension(text, rule, true)
			want := &validate.FieldRules{Type: &validate.FieldRules_String_{String_: text}}
			if got := rulesOf(f); !proto.Equal(got, want) || proto.HasExtension(f.Options(), resourcev1.E_Text) {
				t.Errorf("%s: the constraints are {%v}, want (buf.validate.field).string.(%s) = true alone", f.FullName(), got, rule.TypeDescriptor().FullName())
			}
		}
	}
	for name := range recurring {
		if seen[name] == 0 {
			t.Errorf("no field is called %s", name)
		}
	}
}

// All requests accept the same codes that answer questions.
func TestEveryAcknowledgeHasTheSameConstraints(t *testing.T) {
	var first protoreflect.FieldDescriptor
	for _, m := range asked(t) {
		f := m.Fields().ByName("acknowledge")
		switch {
		case f == nil:
		case first == nil:
			first = f
		case !proto.Equal(rulesOf(f), rulesOf(first)):
			t.Errorf("%s: the constraints are {%v}, those of %s {%v}", f.FullName(), rulesOf(f), first.FullName(), rulesOf(first))
		}
	}
	if first == nil {
		t.Error("no request has a field acknowledge")
	}
}

func rulesOf(f protoreflect.FieldDescriptor) *validate.FieldRules {
	rules, _ := proto.GetExtension(f.Options(), validate.E_Field).(*validate.FieldRules)
	return rules
}

// asked returns the messages of the suite that callers fill in: the requests and the messages in them.
func asked(t *testing.T) []protoreflect.MessageDescriptor {
	t.Helper()
	var all []protoreflect.MessageDescriptor
	seen := map[protoreflect.FullName]bool{}
	var add func(m protoreflect.MessageDescriptor)
	add = func(m protoreflect.MessageDescriptor) {
		if seen[m.FullName()] || !strings.HasPrefix(string(m.FullName()), "wancun.") {
			return
		}
		seen[m.FullName()] = true
		all = append(all, m)
		for i := range m.Fields().Len() {
			if f := m.Fields().Get(i); f.Message() != nil && !fieldbehavior.Has(f, annotations.FieldBehavior_OUTPUT_ONLY) {
				add(f.Message())
			}
		}
	}
	files(t, func(f protoreflect.FileDescriptor) {
		for i := range f.Services().Len() {
			methods := f.Services().Get(i).Methods()
			for j := range methods.Len() {
				add(methods.Get(j).Input())
			}
		}
	})
	return all
}
