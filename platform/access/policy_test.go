package access_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
)

// describe registers a service with one method in the test binary, as generated code would: Method(Request) returns
// Request. Request has a string, a number, a repeated string, and a single and a repeated message of its own type.
func describe(t *testing.T, service, policy string) map[string]grpc.ServiceInfo {
	t.Helper()
	text := `
		name: "` + service + `.proto" package: "` + service + `" syntax: "proto3" dependency: "wancun/access/v1/access.proto"
		message_type { name: "Request"
			field { name: "village" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
			field { name: "count" number: 2 type: TYPE_INT32 label: LABEL_OPTIONAL }
			field { name: "names" number: 3 type: TYPE_STRING label: LABEL_REPEATED }
			field { name: "one" number: 4 type: TYPE_MESSAGE type_name: ".` + service + `.Request" label: LABEL_OPTIONAL }
			field { name: "many" number: 5 type: TYPE_MESSAGE type_name: ".` + service + `.Request" label: LABEL_REPEATED }
			field { name: "name" number: 6 type: TYPE_STRING label: LABEL_OPTIONAL }
			field { name: "organization" number: 7 type: TYPE_STRING label: LABEL_OPTIONAL }
		}
		service { name: "Service" method { name: "Method" input_type: ".` + service + `.Request" output_type: ".` + service + `.Request"
			options { ` + policy + ` } } }`
	infos := map[string]grpc.ServiceInfo{service + ".Service": {Methods: []grpc.MethodInfo{{Name: "Method"}}}}
	file := &descriptorpb.FileDescriptorProto{}
	if err := prototext.Unmarshal([]byte(text), file); err != nil {
		t.Fatal(err)
	}
	d, err := protodesc.NewFile(file, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := protoregistry.GlobalFiles.FindFileByPath(d.Path()); err == nil { // an earlier run with -count
		return infos
	}
	if err := protoregistry.GlobalFiles.RegisterFile(d); err != nil {
		t.Fatal(err)
	}
	return infos
}

func request(t *testing.T, service string) protoreflect.MessageDescriptor {
	t.Helper()
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service + ".Request"))
	if err != nil {
		t.Fatal(err)
	}
	d, ok := found.(protoreflect.MessageDescriptor)
	if !ok {
		t.Fatalf("%s is a %T", service, found)
	}
	return d
}

func option(policy string) string { return "[wancun.access.v1.policy] { " + policy + " }" }

func TestAMethodWhosePolicyCannotBeKeptFailsTheBoot(t *testing.T) {
	for _, c := range []struct{ name, policy, want string }{
		{"nopolicy", "", "no audience is named"},
		{"noaudience", option(`area: "village"`), "no audience is named"},
		{"unspecified", option(`audience: AUDIENCE_UNSPECIFIED`), "no audience is named"},
		{"undefined", option(`audience: 63`), "63 is not an audience"},
		{"nofield", option(`audience: SURVEYORS area: "hamlet"`), `has no field "hamlet"`},
		{"nofieldbelow", option(`audience: SURVEYORS area: "one.hamlet"`), `has no field "hamlet"`},
		{"number", option(`audience: SURVEYORS area: "count"`), "is of kind int32"},
		{"message", option(`audience: SURVEYORS organization: "one"`), "is of kind message"},
		{"throughstring", option(`audience: SURVEYORS area: "village.name"`), "is of kind string"},
		{"twolists", option(`audience: SURVEYORS area: "many.names"`), "more than one repeated field"},
		{"unpaired", option(`audience: SURVEYORS area: "many.village" organization: "organization"`), "do not run through the same repeated field"},
		{"unpairedheads", option(`audience: SURVEYORS area: "many.village" organization: "one.many.organization"`), "do not run through the same repeated field"},
		{"publicplace", option(`audience: EVERYBODY area: "village"`), "PUBLIC is not bound to a place"},
	} {
		t.Run(c.name, func(t *testing.T) {
			service := "policytest." + c.name
			_, err := access.NewPolicies(describe(t, service, c.policy))
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "/"+service+".Service/Method") {
				t.Errorf("NewPolicies = %v, want an error that names the method and says %q", err, c.want)
			}
		})
	}
	t.Run("a method that no descriptor describes", func(t *testing.T) {
		infos := map[string]grpc.ServiceInfo{"policytest.Nowhere": {Methods: []grpc.MethodInfo{{Name: "Method"}}}}
		if _, err := access.NewPolicies(infos); err == nil || !strings.Contains(err.Error(), "/policytest.Nowhere/Method") {
			t.Errorf("NewPolicies = %v, want an error that names the method", err)
		}
	})
	t.Run("every fault is named, not the first alone", func(t *testing.T) {
		infos := map[string]grpc.ServiceInfo{"policytest.A": {Methods: []grpc.MethodInfo{{Name: "X"}}}, "policytest.B": {Methods: []grpc.MethodInfo{{Name: "Y"}}}}
		if _, err := access.NewPolicies(infos); err == nil || !strings.Contains(err.Error(), "A/X") || !strings.Contains(err.Error(), "B/Y") {
			t.Errorf("NewPolicies = %v, want both methods named", err)
		}
	})
}

// suite returns every service that the suite's protos define.
func suite() map[string]grpc.ServiceInfo {
	infos := map[string]grpc.ServiceInfo{}
	for _, d := range []*grpc.ServiceDesc{
		&orgv1.OrganizationService_ServiceDesc, &villagev1.DivisionService_ServiceDesc, &villagev1.VillageService_ServiceDesc,
		&villagev1.NeedService_ServiceDesc, &villagev1.ScopeService_ServiceDesc, &actionv1.CampaignService_ServiceDesc,
		&actionv1.DeliveryService_ServiceDesc, &reportv1.BulletinService_ServiceDesc, &reportv1.StatementService_ServiceDesc,
		&journalv1.JournalService_ServiceDesc,
	} {
		var info grpc.ServiceInfo
		for _, m := range d.Methods {
			info.Methods = append(info.Methods, grpc.MethodInfo{Name: m.MethodName})
		}
		for _, s := range d.Streams {
			info.Methods = append(info.Methods, grpc.MethodInfo{Name: s.StreamName, IsServerStream: s.ServerStreams, IsClientStream: s.ClientStreams})
		}
		infos[d.ServiceName] = info
	}
	return infos
}

func TestEveryMethodOfTheSuiteHasAPolicyThatCompiles(t *testing.T) {
	policies, err := access.NewPolicies(suite())
	if err != nil {
		t.Fatal(err)
	}
	matrix := policies.Matrix()
	want := access.Rule{
		Method: actionv1.DeliveryService_BatchCreateDeliveries_FullMethodName,
		Roles: []accessv1.Grant_Role{
			accessv1.Grant_PROVINCE_ADMIN, accessv1.Grant_COUNTY_CLERK, accessv1.Grant_VILLAGE_TEAM,
			accessv1.Grant_ORGANIZATION_MANAGER, accessv1.Grant_ACTION_OFFICE,
		},
		Area: "requests.delivery.village", Organization: "requests.delivery.organization",
	}
	var got access.Rule
	for i, rule := range matrix {
		if i > 0 && matrix[i-1].Method >= rule.Method {
			t.Errorf("the matrix is not sorted: %s after %s", rule.Method, matrix[i-1].Method)
		}
		if rule.Method == want.Method {
			got = rule
		}
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("unexpected rule (-want +got):\n%s", diff)
	}
}
