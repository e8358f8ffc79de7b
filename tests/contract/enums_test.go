package contract

import (
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// The values of an enum are in the scope that contains the enum. At the top level of a package, a second enum with a
// value such as ACTIVE or SUBMITTED does not compile; inside a message it does.
func TestEveryEnumIsDeclaredInTheMessageThatItDescribes(t *testing.T) {
	files(t, func(f protoreflect.FileDescriptor) {
		for i := range f.Enums().Len() {
			t.Errorf("%s: declare it in the message whose field has this type", f.Enums().Get(i).FullName())
		}
	})
}
