package contract

import (
	"slices"
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"

	"github.com/wancun/wancun/tests/decisions"
)

// Each field that names another resource has a line in references.csv: either the code for a name without a resource,
// or the reason why the service does not look it up. tests/input tests the codes.
func TestEveryReferenceIsLookedUpOrSaysWhyNot(t *testing.T) {
	decided := lookUps(t)
	files(t, func(f protoreflect.FileDescriptor) {
		fields(f.Messages(), func(f protoreflect.FieldDescriptor) {
			if !refers(f) {
				return
			}
			if _, there := decided[string(f.FullName())]; !there {
				t.Errorf("%s: tests/contract/references.csv does not say whether what it names is looked up", f.FullName())
			}
			delete(decided, string(f.FullName()))
		})
	})
	for name := range decided {
		t.Errorf("%s: tests/contract/references.csv decides about it, and no such field names something", name)
	}
}

// Consoles, sheets and client generators read from the standard option what a field names. The rule of the text states
// the same, so the two must agree.
func TestEveryResourceNameSaysOfWhatResource(t *testing.T) {
	patterns, singulars := resources(t)
	n := 0
	files(t, func(f protoreflect.FileDescriptor) {
		fields(f.Messages(), func(f protoreflect.FieldDescriptor) {
			r, _ := proto.GetExtension(f.Options(), annotations.E_ResourceReference).(*annotations.ResourceReference)
			for _, named := range []string{r.GetType(), r.GetChildType()} {
				if _, known := patterns[named]; !known && named != "" && named != "*" {
					t.Errorf("%s names a %s, which is no resource", f.FullName(), named)
				}
			}
			want, named := singulars[strings.TrimSuffix(strings.TrimSuffix(ruleOf(f), "_name"), "_or_all")]
			if !named {
				return
			}
			n++
			switch {
			case r == nil:
				t.Errorf("%s has the rule %s and no google.api.resource_reference", f.FullName(), ruleOf(f))
			case r.GetChildType() != "" && !strings.HasPrefix(patterns[r.GetChildType()], patterns[want]+"/"):
				t.Errorf("%s: a %s is no child of a %s", f.FullName(), r.GetChildType(), want)
			case r.GetChildType() == "" && r.GetType() != want:
				t.Errorf("%s names a %s by its option and a %s by its rule", f.FullName(), r.GetType(), want)
			}
		})
	})
	if n == 0 {
		t.Error("no field has a rule for names of resources")
	}
}

// A sheet may have rows of several parents, so the parent of a batch may be any.
func TestTheParentOfEveryBatchMayBeAny(t *testing.T) {
	n := 0
	files(t, func(f protoreflect.FileDescriptor) {
		for i := range f.Messages().Len() {
			m := f.Messages().Get(i)
			parent := m.Fields().ByName("parent")
			if !strings.HasPrefix(string(m.Name()), "BatchCreate") || parent == nil {
				continue
			}
			if n++; !strings.HasSuffix(ruleOf(parent), "_or_all") {
				t.Errorf("%s has the rule %s, which admits one parent", parent.FullName(), ruleOf(parent))
			}
		}
	})
	if n == 0 {
		t.Error("no batch has a parent")
	}
}

// refers reports whether a field names something outside its message: a resource by its name, or a part of a resource
// by its id.
func refers(f protoreflect.FieldDescriptor) bool {
	byID := []protoreflect.Name{
		resourcev1.E_Slug.TypeDescriptor().Name(), resourcev1.E_IndicatorId.TypeDescriptor().Name(),
		resourcev1.E_CategoryId.TypeDescriptor().Name(), resourcev1.E_StatisticalCode.TypeDescriptor().Name(),
	}
	return proto.HasExtension(f.Options(), annotations.E_ResourceReference) || slices.Contains(byID, protoreflect.Name(ruleOf(f)))
}

// ruleOf returns the rule of wancun.resource.v1 for a text field, or for the elements of a list of texts; "" if there
// is none.
func ruleOf(f protoreflect.FieldDescriptor) string {
	rules, _ := proto.GetExtension(f.Options(), validate.E_Field).(*validate.FieldRules)
	if f.IsList() {
		rules = rules.GetRepeated().GetItems()
	}
	var name string
	rules.GetString().ProtoReflect().Range(func(rule protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		if rule.IsExtension() && rule.FullName().Parent() == "wancun.resource.v1" {
			name = string(rule.Name())
		}
		return name == ""
	})
	return name
}

// resources returns the patterns of all resources by type, and their types by singular. A county is a division.
func resources(t *testing.T) (patterns, singulars map[string]string) {
	t.Helper()
	patterns, singulars = map[string]string{}, map[string]string{}
	add := func(r *annotations.ResourceDescriptor) {
		patterns[r.GetType()], singulars[r.GetSingular()] = r.GetPattern()[0], r.GetType()
	}
	files(t, func(f protoreflect.FileDescriptor) {
		apart, _ := proto.GetExtension(f.Options(), annotations.E_ResourceDefinition).([]*annotations.ResourceDescriptor)
		for _, r := range apart {
			add(r)
		}
		messages(f.Messages(), func(m protoreflect.MessageDescriptor) {
			if r, _ := proto.GetExtension(m.Options(), annotations.E_Resource).(*annotations.ResourceDescriptor); r != nil {
				add(r)
			}
		})
	})
	singulars["county"] = singulars["division"]
	return patterns, singulars
}

// lookUps returns the lines of references.csv, by field.
func lookUps(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, row := range decisions.In(t, "references.csv") {
		if _, twice := all[row[0]]; twice {
			t.Errorf("references.csv has two lines for %s", row[0])
		}
		if all[row[0]] = row[1]; row[2] == "" {
			t.Errorf("references.csv gives no reason for %s", row[0])
		}
	}
	return all
}

// messages calls fn with each message, including nested ones. fields calls fn with each of their fields.
func messages(all protoreflect.MessageDescriptors, fn func(protoreflect.MessageDescriptor)) {
	for i := range all.Len() {
		fn(all.Get(i))
		messages(all.Get(i).Messages(), fn)
	}
}

func fields(all protoreflect.MessageDescriptors, fn func(protoreflect.FieldDescriptor)) {
	messages(all, func(m protoreflect.MessageDescriptor) {
		for i := range m.Fields().Len() {
			fn(m.Fields().Get(i))
		}
	})
}
