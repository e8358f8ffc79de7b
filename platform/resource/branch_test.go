package resource_test

import (
	"reflect"
	"sync"
	"testing"
	"testing/fstest"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/runtime/protoimpl"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/resource"
)

// The contract has no resource within an organization yet, so these tests define two: branches of an organization, and
// visits of a branch. Both have the form of generated messages, with the services that write them.
type branch struct {
	state         protoimpl.MessageState  //nolint:unused // protoimpl finds it by its name
	Name          string                  `protobuf:"bytes,1,opt,name=name,proto3"`
	DisplayName   string                  `protobuf:"bytes,2,opt,name=display_name,json=displayName,proto3"`
	Contact       string                  `protobuf:"bytes,3,opt,name=contact,proto3"`
	CreateTime    *timestamppb.Timestamp  `protobuf:"bytes,4,opt,name=create_time,json=createTime,proto3"`
	UpdateTime    *timestamppb.Timestamp  `protobuf:"bytes,5,opt,name=update_time,json=updateTime,proto3"`
	Etag          string                  `protobuf:"bytes,6,opt,name=etag,proto3"`
	unknownFields protoimpl.UnknownFields //nolint:unused // as state
	sizeCache     protoimpl.SizeCache     //nolint:unused // as state
}

type visit struct {
	state         protoimpl.MessageState  //nolint:unused // protoimpl finds it by its name
	Name          string                  `protobuf:"bytes,1,opt,name=name,proto3"`
	DisplayName   string                  `protobuf:"bytes,2,opt,name=display_name,json=displayName,proto3"`
	Contact       string                  `protobuf:"bytes,3,opt,name=contact,proto3"`
	CreateTime    *timestamppb.Timestamp  `protobuf:"bytes,4,opt,name=create_time,json=createTime,proto3"`
	UpdateTime    *timestamppb.Timestamp  `protobuf:"bytes,5,opt,name=update_time,json=updateTime,proto3"`
	Etag          string                  `protobuf:"bytes,6,opt,name=etag,proto3"`
	unknownFields protoimpl.UnknownFields //nolint:unused // as state
	sizeCache     protoimpl.SizeCache     //nolint:unused // as state
}

func (b *branch) ProtoReflect() protoreflect.Message { return branchInfo().MessageOf(b) }

func (v *visit) ProtoReflect() protoreflect.Message { return visitInfo().MessageOf(v) }

var branchInfo = sync.OnceValue(func() *protoimpl.MessageInfo {
	return &protoimpl.MessageInfo{GoReflectType: reflect.TypeFor[*branch](), Desc: branchFile().Messages().ByName("Branch")}
})

var visitInfo = sync.OnceValue(func() *protoimpl.MessageInfo {
	return &protoimpl.MessageInfo{GoReflectType: reflect.TypeFor[*visit](), Desc: branchFile().Messages().ByName("Visit")}
})

// branchFile is the proto file of branches and visits.
var branchFile = sync.OnceValue(func() protoreflect.FileDescriptor {
	f, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("wancun/branch/v1/branch.proto"), Package: proto.String("wancun.branch.v1"), Syntax: proto.String("proto3"),
		Dependency: []string{"google/protobuf/timestamp.proto", "google/api/annotations.proto", "google/api/resource.proto", "wancun/access/v1/access.proto"},
		MessageType: []*descriptorpb.DescriptorProto{
			childMessage("Branch", "organizations/{organization}/branches/{branch}", "branch", accessv1.Policy_CONTACT_READERS),
			childMessage("Visit", "organizations/{organization}/branches/{branch}/visits/{visit}", "visit", accessv1.Policy_CONTACT_READERS),
			{Name: proto.String("Anything")}, createRequest("Branch", "branch"), createRequest("Visit", "visit"),
		},
		Service: []*descriptorpb.ServiceDescriptorProto{{Name: proto.String("BranchService"), Method: []*descriptorpb.MethodDescriptorProto{
			childMethod("GetBranch", "Anything", "Branch", &annotations.HttpRule{Pattern: &annotations.HttpRule_Get{Get: "/v1/{name=organizations/*/branches/*}"}},
				&accessv1.Policy{Audience: accessv1.Policy_SURVEYORS}),
			childMethod("CreateBranch", "CreateBranchRequest", "Branch", &annotations.HttpRule{Pattern: &annotations.HttpRule_Post{Post: "/v1/{parent=organizations/*}/branches"}},
				&accessv1.Policy{Audience: accessv1.Policy_SURVEYORS}),
			childMethod("CloseBranch", "Anything", "Anything", &annotations.HttpRule{Pattern: &annotations.HttpRule_Post{Post: "/v1/{name=organizations/*/branches/*}:close"}},
				&accessv1.Policy{Audience: accessv1.Policy_AMENDERS, Area: "branch.division", Organization: "name"}),
			childMethod("MoveAnything", "Anything", "Branch", nil, &accessv1.Policy{Audience: accessv1.Policy_CONTACT_ERASERS}),
			childMethod("CreateVisit", "CreateVisitRequest", "Visit", &annotations.HttpRule{Pattern: &annotations.HttpRule_Post{Post: "/v1/{parent=organizations/*/branches/*}/visits"}},
				&accessv1.Policy{Audience: accessv1.Policy_SURVEYORS, Area: "visit.division"}),
		}}},
	}, protoregistry.GlobalFiles)
	if err != nil {
		panic(err)
	}
	if err := protoregistry.GlobalFiles.RegisterFile(f); err != nil {
		panic(err)
	}
	return f
})

func childMessage(name, pattern, singular string, readers accessv1.Policy_Audience) *descriptorpb.DescriptorProto {
	options := &descriptorpb.MessageOptions{}
	proto.SetExtension(options, annotations.E_Resource, &annotations.ResourceDescriptor{
		Type: "branch.wancun/" + name, Pattern: []string{pattern}, Singular: singular,
	})
	personal := &descriptorpb.FieldOptions{}
	proto.SetExtension(personal, accessv1.E_Personal, &accessv1.Personal{Audience: readers})
	return &descriptorpb.DescriptorProto{Name: &name, Options: options, Field: []*descriptorpb.FieldDescriptorProto{
		field("name", "name", 1, "", nil), field("display_name", "displayName", 2, "", nil), field("contact", "contact", 3, "", personal),
		field("create_time", "createTime", 4, ".google.protobuf.Timestamp", nil),
		field("update_time", "updateTime", 5, ".google.protobuf.Timestamp", nil), field("etag", "etag", 6, "", nil),
	}}
}

func createRequest(name, singular string) *descriptorpb.DescriptorProto {
	return &descriptorpb.DescriptorProto{Name: proto.String("Create" + name + "Request"), Field: []*descriptorpb.FieldDescriptorProto{
		field("parent", "parent", 1, "", nil), field(singular, singular, 2, ".wancun.branch.v1."+name, nil),
	}}
}

func field(name, json string, number int32, message string, o *descriptorpb.FieldOptions) *descriptorpb.FieldDescriptorProto {
	f := &descriptorpb.FieldDescriptorProto{
		Name: &name, JsonName: &json, Number: &number, Options: o,
		Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(), Type: descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum(),
	}
	if message != "" {
		f.Type, f.TypeName = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE.Enum(), &message
	}
	return f
}

func childMethod(name, input, output string, rule *annotations.HttpRule, policy *accessv1.Policy) *descriptorpb.MethodDescriptorProto {
	options := &descriptorpb.MethodOptions{}
	proto.SetExtension(options, accessv1.E_Policy, policy)
	if rule != nil {
		proto.SetExtension(options, annotations.E_Http, rule)
	}
	return &descriptorpb.MethodDescriptorProto{
		Name: &name, InputType: proto.String(".wancun.branch.v1." + input), OutputType: proto.String(".wancun.branch.v1." + output), Options: options,
	}
}

func branchKind(belongs resource.Belonging) resource.Kind[*branch] {
	return resource.Kind[*branch]{
		Table: "branches", Belongs: belongs,
		Columns: []resource.Column[*branch]{resource.Text("display_name", func(b *branch) string { return b.DisplayName })},
	}
}

func visitKind(belongs resource.Belonging) resource.Kind[*visit] {
	return resource.Kind[*visit]{
		Table: "visits", Belongs: belongs,
		Columns: []resource.Column[*visit]{resource.Text("display_name", func(v *visit) string { return v.DisplayName })},
	}
}

var childMigration = fstest.MapFS{"00001_children.sql": {Data: []byte(`-- +goose Up
CREATE TABLE branches (
	name TEXT PRIMARY KEY, revision BIGINT NOT NULL, create_us BIGINT NOT NULL, update_us BIGINT NOT NULL,
	body BYTEA NOT NULL, personal BYTEA, mac BYTEA NOT NULL, parent TEXT NOT NULL, display_name TEXT NOT NULL);
CREATE TABLE visits (
	name TEXT PRIMARY KEY, revision BIGINT NOT NULL, create_us BIGINT NOT NULL, update_us BIGINT NOT NULL,
	body BYTEA NOT NULL, personal BYTEA, mac BYTEA NOT NULL, parent TEXT NOT NULL, display_name TEXT NOT NULL);
`)}}

// family is a kit with branches within its organizations, and visits within those.
type family struct {
	*kit
	branches *resource.Store[*branch]
	visits   *resource.Store[*visit]
	tries    int
}

func openFamily(t *testing.T, k *kit) *family {
	t.Helper()
	check(t, k.db.Migrate(t.Context(), childMigration, "goose_children"))
	f := &family{kit: k}
	f.branches = must(resource.NewStore(t.Context(), k.Kit, branchKind(resource.Within(k.orgs))))(t)
	f.visits = must(resource.NewStore(t.Context(), k.Kit, visitKind(resource.WithinOf[*branch]())))(t)
	return f
}
