package contract

import (
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"go.einride.tech/aip/fieldbehavior"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// The servers count the elements of lists before they decode a request, and measure by their bounds how large it may be.
func TestEveryListOfARequestIsBounded(t *testing.T) {
	seen := map[protoreflect.FullName]bool{}
	files(t, func(f protoreflect.FileDescriptor) {
		for i := range f.Services().Len() {
			methods := f.Services().Get(i).Methods()
			for j := range methods.Len() {
				listsAreBounded(t, methods.Get(j).Input(), seen)
			}
		}
	})
}

// listsAreBounded looks at the lists of a message and of those in it that a caller fills in.
func listsAreBounded(t *testing.T, m protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) {
	t.Helper()
	if seen[m.FullName()] || !strings.HasPrefix(string(m.FullName()), "wancun.") {
		return
	}
	seen[m.FullName()] = true
	for i := range m.Fields().Len() {
		f := m.Fields().Get(i)
		if fieldbehavior.Has(f, annotations.FieldBehavior_OUTPUT_ONLY) {
			continue
		}
		rules, _ := proto.GetExtension(f.Options(), validate.E_Field).(*validate.FieldRules)
		if f.IsList() && rules.GetRepeated().GetMaxItems() == 0 {
			t.Errorf("%s has no max_items", f.FullName())
		}
		if f.Message() != nil {
			listsAreBounded(t, f.Message(), seen)
		}
	}
}
