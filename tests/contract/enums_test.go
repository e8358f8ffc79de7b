package contract

import (
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// The values of an enum share the scope that the enum is declared in. In the scope of a package, a second enum with an ACTIVE
// or a SUBMITTED does not compile; in the scope of a message it does.
func TestEveryEnumIsDeclaredInTheMessageThatItDescribes(t *testing.T) {
	files(t, func(f protoreflect.FileDescriptor) {
		for i := range f.Enums().Len() {
			t.Errorf("%s: declare it in the message whose field has this type", f.Enums().Get(i).FullName())
		}
	})
}
