package access

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// creation is an RPC that creates one resource or a batch, with a role bound to a place or to an organization.
type creation struct {
	write
	get protoreflect.MethodDescriptor // reads what it creates
}

// creations returns every such RPC and role, as the protos declare them.
func creations(t *testing.T) []creation {
	t.Helper()
	var all []creation
	for _, w := range boundWrites(t) {
		if method := string(w.Method.Name()); strings.HasPrefix(method, "Create") || strings.HasPrefix(method, "BatchCreate") {
			all = append(all, creation{w, reading(t, w.Method.Parent().(protoreflect.ServiceDescriptor))})
		}
	}
	return all
}

// reading returns the RPC of a service that gets one resource by its name.
func reading(t *testing.T, of protoreflect.ServiceDescriptor) protoreflect.MethodDescriptor {
	t.Helper()
	for i := range of.Methods().Len() {
		if m := of.Methods().Get(i); strings.HasPrefix(string(m.Name()), "Get") && world.SpeaksOfOne(m) {
			return m
		}
	}
	t.Fatalf("%s reads nothing by its name", of.Name())
	return nil
}

// elsewhere returns the request for another place or organization, and a grant that covers it there.
func (c creation) elsewhere(t *testing.T, dry, skip bool) (proto.Message, *accessv1.Grant) {
	t.Helper()
	text, err := protojson.Marshal(c.sent(dry, skip))
	if err != nil {
		t.Fatal(err)
	}
	moved := strings.NewReplacer(world.Association, world.Association, world.Newcomer, world.Newcomer,
		world.Village, world.Nearby, world.County, world.NearbyCounty)
	grant := suite.In(world.NearbyCounty, c.role)
	if c.role == accessv1.Grant_ORGANIZATION_MANAGER {
		moved = strings.NewReplacer(world.Association, world.Agency, world.Newcomer, world.Agency)
		grant = suite.Of(world.Agency)
	}
	request := c.Request.ProtoReflect().New().Interface()
	if err := protojson.Unmarshal([]byte(moved.Replace(string(text))), request); err != nil {
		t.Fatal(err)
	}
	return request, grant
}

// sent returns the request with its own request id.
func (c creation) sent(dry, skip bool) proto.Message {
	m := proto.Clone(c.Request)
	for field, v := range map[protoreflect.Name]any{
		"validate_only": dry, "skip_identical": skip, "request_id": world.ID("taken", c.Name, dry, skip),
	} {
		if f := m.ProtoReflect().Descriptor().Fields().ByName(field); f != nil {
			m.ProtoReflect().Set(f, protoreflect.ValueOf(v))
		}
	}
	return m
}

// names returns the names of the resources in a response.
func names(answer protoreflect.Message) []string {
	var all []string
	answer.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Name() == "name":
			all = append(all, v.String())
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				all = append(all, names(v.List().Get(i).Message())...)
			}
		}
		return true
	})
	return all
}

func TestACreateDoesNotTellOfARowThatAGetHides(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	world.Prepare(t, s)
	there := map[protoreflect.FullName][]string{} // by service: resources that callers elsewhere must not learn about
	for _, c := range creations(t) {
		answer, err := s.Call(s.As(t, "province", world.Admin()), c.Method, c.sent(false, true))
		if code := status.Code(err); code != codes.OK && code != codes.AlreadyExists {
			t.Fatalf("%s by the province: %v", c.Name, err)
		}
		there[c.Method.Parent().FullName()] = append(there[c.Method.Parent().FullName()], names(answer.ProtoReflect())...)
	}
	refused := 0
	for _, c := range creations(t) {
		for _, way := range []struct{ dry, skip bool }{{true, false}, {true, true}, {false, false}, {false, true}} {
			request, grant := c.elsewhere(t, way.dry, way.skip)
			token := s.Token(t, "elsewhere", grant)
			_, err := s.Call(suite.WithToken(t.Context(), token), c.Method, request)
			if status.Code(err) == codes.PermissionDenied {
				refused++
			}
			r := suite.Route(t, c.Method, request)
			r.Token = token
			answers := status.Convert(err).Proto().String() + string(s.Do(t, r).Body)
			for _, name := range there[c.Method.Parent().FullName()] {
				_, err := s.Call(suite.WithToken(t.Context(), token), c.get, named(c.get, name))
				if status.Code(err) == codes.NotFound && strings.Contains(answers, "RESOURCE_EXISTS") && strings.Contains(answers, name) {
					t.Errorf("%s %+v by a %s shows that %s exists:\n%s", c.Name, way, c.role, name, answers)
				}
			}
		}
	}
	if refused == 0 {
		t.Error("no caller elsewhere met a row, so that nothing was tried")
	}
}

// named returns a request for one resource.
func named(get protoreflect.MethodDescriptor, name string) proto.Message {
	m := dynamicpb.NewMessage(get.Input())
	m.Set(get.Input().Fields().ByName("name"), protoreflect.ValueOfString(name))
	return m
}
