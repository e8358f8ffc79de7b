package protodrift

import (
	"io/fs"
	"os"
	"path"
	"testing"

	"github.com/bufbuild/protocompile"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/descriptorpb"

	_ "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	_ "google.golang.org/genproto/googleapis/api/annotations"
	_ "google.golang.org/genproto/googleapis/api/httpbody"
	_ "google.golang.org/genproto/googleapis/rpc/code"
	_ "google.golang.org/genproto/googleapis/rpc/errdetails"
	_ "google.golang.org/genproto/googleapis/rpc/status"
	_ "google.golang.org/genproto/googleapis/type/date"
)

const vendored = "../../third_party/proto"

func TestEachVendoredProtoIsTheOneThatIsLinked(t *testing.T) {
	files := protos(t, vendored)
	compiler := protocompile.Compiler{
		Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{ImportPaths: []string{vendored}}),
	}
	for _, name := range files {
		t.Run(name, func(t *testing.T) {
			linked, err := protoregistry.GlobalFiles.FindFileByPath(name)
			if err != nil {
				t.Fatalf("nothing links it: import its Go package above, or delete the file (%v)", err)
			}
			compiled, err := compiler.Compile(t.Context(), name)
			if err != nil {
				t.Fatalf("compile: %v", err)
			}
			if diff := cmp.Diff(descriptor(t, linked), descriptor(t, compiled[0]), protocmp.Transform()); diff != "" {
				t.Errorf("copy it again from the version in proto/go.mod (-linked +vendored):\n%s", diff)
			}
		})
	}
}

// protos returns the proto files below a folder. It fails the test if there are none.
func protos(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, _ fs.DirEntry, err error) error {
		if path.Ext(name) == ".proto" {
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no protos below %s", dir)
	}
	return files
}

// descriptor returns a file's descriptor after encoding and decoding it, so that options compare by content even if
// their extensions were unknown when they were read.
func descriptor(t *testing.T, file protoreflect.FileDescriptor) *descriptorpb.FileDescriptorProto {
	t.Helper()
	wire, err := proto.Marshal(protodesc.ToFileDescriptorProto(file))
	if err != nil {
		t.Fatal(err)
	}
	read := &descriptorpb.FileDescriptorProto{}
	if err := proto.Unmarshal(wire, read); err != nil {
		t.Fatal(err)
	}
	return read
}
