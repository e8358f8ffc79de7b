package contract

import (
	"compress/gzip"
	"io"
	"os"
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

// released returns the files of the released contract.
func released(t *testing.T) []*descriptorpb.FileDescriptorProto {
	t.Helper()
	f, err := os.Open("../../proto/released.binpb.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	packed, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	image, err := io.ReadAll(packed)
	if err != nil {
		t.Fatal(err)
	}
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(image, &set); err != nil {
		t.Fatal(err)
	}
	return set.GetFile()
}

// buf breaking knows nothing of routes, which are the contract of callers that use REST.
func TestAReleasedRPCKeepsItsRoute(t *testing.T) {
	routes := 0
	for _, f := range released(t) {
		for _, s := range f.GetService() {
			for _, m := range s.GetMethod() {
				was, _ := proto.GetExtension(m.GetOptions(), annotations.E_Http).(*annotations.HttpRule)
				if was == nil {
					continue
				}
				routes++
				name := protoreflect.FullName(f.GetPackage() + "." + s.GetName() + "." + m.GetName())
				d, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
				if err != nil {
					t.Errorf("%s was released and is gone", name)
					continue
				}
				if is := proto.GetExtension(d.Options(), annotations.E_Http); !proto.Equal(was, is.(*annotations.HttpRule)) {
					t.Errorf("%s was released with the route %s and has %s", name, prototext.Format(was), prototext.Format(is.(*annotations.HttpRule)))
				}
			}
		}
	}
	if routes == 0 {
		t.Error("the released contract has no routes")
	}
}
