package e2e

import (
	"slices"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// reflected sends one request to the reflection service, without a token.
func reflected(t *testing.T, conn grpc.ClientConnInterface, r *grpc_reflection_v1.ServerReflectionRequest) *grpc_reflection_v1.ServerReflectionResponse {
	t.Helper()
	stream, err := grpc_reflection_v1.NewServerReflectionClient(conn).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(r); err != nil {
		t.Fatal(err)
	}
	answer, err := stream.Recv()
	if err != nil || answer.GetErrorResponse() != nil {
		t.Fatalf("%v: %v, %v", r, err, answer.GetErrorResponse())
	}
	return answer
}

func TestAClientThatKnowsTheAddressAloneFindsAndCallsEveryService(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	conn, err := grpc.NewClient(s.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // nothing is left to lose

	var services []string
	list := &grpc_reflection_v1.ServerReflectionRequest{MessageRequest: &grpc_reflection_v1.ServerReflectionRequest_ListServices{}}
	for _, found := range reflected(t, conn, list).GetListServicesResponse().GetService() {
		services = append(services, found.GetName())
	}
	for _, m := range suite.Methods() {
		if name := string(m.Parent().FullName()); !slices.Contains(services, name) {
			t.Errorf("%s is not among the services found: %v", name, services)
		}
	}

	const service = "wancun.org.v1.OrganizationService"
	method := found(t, conn, service).Methods().ByName("GetOrganization")
	request, answer := dynamicpb.NewMessage(method.Input()), dynamicpb.NewMessage(method.Output())
	if err := protojson.Unmarshal([]byte(`{"name": "organizations/`+world.Association+`"}`), request); err != nil {
		t.Fatal(err)
	}
	if err := conn.Invoke(s.As(t, "admin", world.Admin()), "/"+service+"/GetOrganization", request, answer); err != nil {
		t.Fatal(err)
	}
	if uscc := answer.Get(method.Output().Fields().ByName("uscc")).String(); uscc != world.Association {
		t.Errorf("the organization is %q, want %q", uscc, world.Association)
	}
}

// found returns the descriptor of a service from the server's reflection. It does not use the descriptors linked into
// the test.
func found(t *testing.T, conn grpc.ClientConnInterface, service string) protoreflect.ServiceDescriptor {
	t.Helper()
	answer := reflected(t, conn, &grpc_reflection_v1.ServerReflectionRequest{
		MessageRequest: &grpc_reflection_v1.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: service},
	})
	var set descriptorpb.FileDescriptorSet
	for _, raw := range answer.GetFileDescriptorResponse().GetFileDescriptorProto() {
		file := &descriptorpb.FileDescriptorProto{}
		if err := proto.Unmarshal(raw, file); err != nil {
			t.Fatal(err)
		}
		set.File = append(set.File, file)
	}
	files, err := protodesc.NewFiles(&set)
	if err != nil {
		t.Fatal(err)
	}
	described, err := files.FindDescriptorByName(protoreflect.FullName(service))
	if err != nil {
		t.Fatal(err)
	}
	return described.(protoreflect.ServiceDescriptor)
}
