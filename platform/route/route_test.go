package route_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/route"
)

// methodWith returns a method with an annotation.
func methodWith(t *testing.T, rule *annotations.HttpRule) protoreflect.MethodDescriptor {
	t.Helper()
	options := &descriptorpb.MethodOptions{}
	if rule != nil {
		proto.SetExtension(options, annotations.E_Http, rule)
	}
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("route_test.proto"), Package: proto.String("route.test"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("M")}},
		Service: []*descriptorpb.ServiceDescriptorProto{{Name: proto.String("S"), Method: []*descriptorpb.MethodDescriptorProto{
			{Name: proto.String("Call"), InputType: proto.String(".route.test.M"), OutputType: proto.String(".route.test.M"), Options: options},
		}}},
	}, &protoregistry.Files{})
	if err != nil {
		t.Fatal(err)
	}
	return file.Services().Get(0).Methods().Get(0)
}

func TestARuleSaysHowItsMethodIsCalled(t *testing.T) {
	type want struct {
		Rule                   route.Rule
		Path, Resource, Custom string
	}
	for name, c := range map[string]struct {
		give *annotations.HttpRule
		want want
	}{
		"a resource": {
			&annotations.HttpRule{Pattern: &annotations.HttpRule_Get{Get: "/v1/{name=villages/*/needs/*}"}},
			want{
				route.Rule{Verb: http.MethodGet, Template: "/v1/{name=villages/*/needs/*}", Variables: []route.Variable{{"name", "villages/*/needs/*"}}},
				"/v1/villages/*/needs/*", "villages/*/needs/*", "",
			},
		},
		"a custom method of a collection": {
			&annotations.HttpRule{Pattern: &annotations.HttpRule_Post{Post: "/v1beta1/{parent=villages/*}/needs:batchCreate"}, Body: "*"},
			want{
				route.Rule{
					Verb: http.MethodPost, Template: "/v1beta1/{parent=villages/*}/needs:batchCreate", Body: "*",
					Variables: []route.Variable{{"parent", "villages/*"}},
				},
				"/v1beta1/villages/*/needs:batchCreate", "villages/*/needs", "batchCreate",
			},
		},
		"a variable without a pattern, and one of a nested field": {
			&annotations.HttpRule{Pattern: &annotations.HttpRule_Patch{Patch: "/v1/{kind}/{need.name=needs/*}"}, Body: "need"},
			want{
				route.Rule{
					Verb: http.MethodPatch, Template: "/v1/{kind=*}/{need.name=needs/*}", Body: "need",
					Variables: []route.Variable{{"kind", "*"}, {"need.name", "needs/*"}},
				},
				"/v1/*/needs/*", "*/needs/*", "",
			},
		},
		"a verb of its own": {
			&annotations.HttpRule{Pattern: &annotations.HttpRule_Custom{Custom: &annotations.CustomHttpPattern{Kind: "HEAD", Path: "/v1/me"}}},
			want{route.Rule{Verb: "HEAD", Template: "/v1/me"}, "/v1/me", "me", ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, ok := route.Of(methodWith(t, c.give))
			if diff := cmp.Diff(c.want, want{r, r.Path(), r.Resource(), r.Custom()}); !ok || diff != "" {
				t.Errorf("%t, %s", ok, diff)
			}
		})
	}
}

func TestAllBindingsAreRulesInTheirOrder(t *testing.T) {
	var verbs []string
	for _, r := range route.All(methodWith(t, &annotations.HttpRule{
		Pattern: &annotations.HttpRule_Put{Put: "/v1/a"},
		AdditionalBindings: []*annotations.HttpRule{
			{Pattern: &annotations.HttpRule_Delete{Delete: "/v1/b"}}, {Pattern: &annotations.HttpRule_Get{Get: "/v1/c"}},
		},
	})) {
		verbs = append(verbs, r.Verb+" "+r.Path())
	}
	if diff := cmp.Diff([]string{"PUT /v1/a", "DELETE /v1/b", "GET /v1/c"}, verbs); diff != "" {
		t.Error(diff)
	}
	if r, ok := route.Of(methodWith(t, nil)); ok {
		t.Errorf("a method without an annotation has the rule %+v", r)
	}
}

func TestAPathIsMatchedByItsRuleAlone(t *testing.T) {
	for _, c := range []struct {
		template, path string
		want           bool
	}{
		{"/v1/{name=villages/*/needs/*}", "/v1/villages/1/needs/2", true},
		{"/v1/{name=villages/*/needs/*}", "/v1/villages/1/needs/2/3", false},
		{"/v1/{name=villages/*/needs/*}", "/v1/villages/1/needs/2:verify", false},
		{"/v1/{name=villages/*/needs/*}:verify", "/v1/villages/1/needs/2:verify", true},
		{"/v1/{name=villages/*}.html", "/v1/villages/1xhtml", false},
		{"/v1/{name=**}:read", "/v1/a/b/c:read", true},
		{"/v1/{id}", "/v1/", false},
	} {
		r, _ := route.Of(methodWith(t, &annotations.HttpRule{Pattern: &annotations.HttpRule_Get{Get: c.template}}))
		m, err := r.Matches()
		if err != nil || m.MatchString(c.path) != c.want {
			t.Errorf("%s matches %s: %t, %v, want %t", c.template, c.path, !c.want, err, c.want)
		}
	}
}

func TestALinkedMethodIsFoundByItsName(t *testing.T) {
	m, ok := route.Find(orgv1.OrganizationService_GetOrganization_FullMethodName)
	if !ok || route.Name(m) != orgv1.OrganizationService_GetOrganization_FullMethodName {
		t.Errorf("found %v, %t", m, ok)
	}
	for _, name := range []string{"", "/wancun.org.v1.OrganizationService", "/wancun.org.v1.OrganizationService/None", "/wancun.org.v1/Organization"} {
		if m, ok := route.Find(name); ok {
			t.Errorf("%q is %v", name, m)
		}
	}
}
