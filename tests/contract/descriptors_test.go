package contract

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	_ "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	_ "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	_ "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	_ "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	_ "github.com/wancun/wancun/proto/gen/wancun/resource/v1"
	_ "github.com/wancun/wancun/proto/gen/wancun/village/v1"
)

// files calls fn with each file of the suite.
func files(t *testing.T, fn func(protoreflect.FileDescriptor)) {
	t.Helper()
	n := 0
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if strings.HasPrefix(f.Path(), "wancun/") {
			n++
			fn(f)
		}
		return true
	})
	if n == 0 {
		t.Fatal("no file of the suite is linked")
	}
}
