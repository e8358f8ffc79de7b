package main

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	_ "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	_ "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	_ "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	_ "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	_ "github.com/wancun/wancun/proto/gen/wancun/village/v1"
)

// contract returns the contract of the linked protos.
func contract(t *testing.T) *Contract {
	t.Helper()
	set := &descriptorpb.FileDescriptorSet{}
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		set.File = append(set.File, protodesc.ToFileDescriptorProto(file))
		return true
	})
	image, err := proto.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ReadContract(image)
	if err != nil {
		t.Fatalf("ReadContract: %v", err)
	}
	return c
}

func committed(t *testing.T) []byte {
	t.Helper()
	document, err := os.ReadFile("../../gateway/openapi/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func document(t *testing.T) *Document {
	t.Helper()
	d := &Document{}
	if err := decode(committed(t), d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheCommittedDocumentIsValidOpenAPI31(t *testing.T) {
	parsed, err := libopenapi.NewDocument(committed(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parsed.BuildV3Model(); err != nil {
		t.Fatalf("build the model: %v", err)
	}
	v, errs := validator.NewValidator(parsed)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if valid, problems := v.ValidateDocument(); !valid {
		for _, p := range problems {
			t.Errorf("%s: %s", p.Message, p.Reason)
			for _, s := range p.SchemaValidationErrors {
				t.Errorf("  %s: %s", s.FieldPath, s.Reason)
			}
		}
	}
}

func TestEveryRPCWithARouteIsInTheDocument(t *testing.T) {
	c, d := contract(t), document(t)
	var found []string
	for _, item := range d.Paths {
		for _, operation := range item.operations() {
			found = append(found, operation.OperationID)
		}
	}
	slices.Sort(found)
	if diff := cmp.Diff(c.operationIDs(), found); diff != "" {
		t.Errorf("operations (-contract +document); does this test link every package?\n%s", diff)
	}
}

func TestEveryOperationSaysWhoMayCallAndHowItFails(t *testing.T) {
	c, d := contract(t), document(t)
	for path, item := range d.Paths {
		for verb, operation := range item.operations() {
			if diff := cmp.Diff(roleNames(policy(c.methods[operation.OperationID]).GetAudience()), operation.Roles); diff != "" {
				t.Errorf("%s %s: roles (-policy +document):\n%s", verb, path, diff)
			}
			if got := operation.Responses["default"].Ref; got != "#/components/responses/Problem" {
				t.Errorf("%s %s: errors are %q", verb, path, got)
			}
		}
	}
}

func TestNoTwoPathsFitTheSameURL(t *testing.T) {
	d := document(t)
	variable := regexp.MustCompile(`\{[^}]*\}`)
	seen := map[string]string{}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		shape := variable.ReplaceAllString(path, "{}")
		if other, ok := seen[shape]; ok {
			t.Errorf("%s and %s are the same path", other, path)
		}
		seen[shape] = path
	}
}
