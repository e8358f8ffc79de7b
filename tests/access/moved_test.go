package access

import (
	"slices"
	"strings"
	"testing"

	"go.einride.tech/aip/fieldbehavior"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// nextDoor replaces the place of the requests by the next county in the value of a field.
var nextDoor = strings.NewReplacer(world.Association, world.Association, world.Foundation, world.Foundation,
	world.Village, world.Nearby, world.County, world.NearbyCounty)

// move is an update that changes the place of a resource through one of its fields.
type move struct {
	write
	field     protoreflect.FieldDescriptor
	request   proto.Message
	immutable bool
}

// moves returns the moves of an update RPC: one for each field that callers may set and whose stored value names the
// place. It returns none for other RPCs.
func (w write) moves(t *testing.T, s *suite.Suite) []move {
	t.Helper()
	holder, ok := strings.CutPrefix(string(w.Method.Name()), "Update")
	if !ok {
		return nil
	}
	of := holderOf(w.Method.Input(), holder)
	name := w.Request.ProtoReflect().Get(of).Message().Get(of.Message().Fields().ByName("name")).String()
	get := reading(t, w.Method.Parent().(protoreflect.ServiceDescriptor))
	stored, err := s.Call(s.As(t, "province", world.Admin()), get, named(get, name))
	if err != nil {
		t.Fatalf("get %s: %v", name, err)
	}
	var all []move
	stored.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if f.Kind() != protoreflect.StringKind || f.IsList() || f.Name() == "etag" || fieldbehavior.Has(f, annotations.FieldBehavior_OUTPUT_ONLY) ||
			fieldbehavior.Has(f, annotations.FieldBehavior_IDENTIFIER) || nextDoor.Replace(v.String()) == v.String() {
			return true
		}
		changed := stored.ProtoReflect().New()
		changed.Set(of.Message().Fields().ByName("name"), protoreflect.ValueOfString(name))
		changed.Set(f, protoreflect.ValueOfString(nextDoor.Replace(v.String())))
		request, mask := w.Request.ProtoReflect().New(), &fieldmaskpb.FieldMask{Paths: []string{string(f.Name())}}
		if reason := of.Message().Fields().ByName("authority_override_reason"); reason != nil {
			changed.Set(reason, protoreflect.ValueOfString("示例")) // required for a division that does not match the code
			mask.Paths = append(mask.Paths, string(reason.Name()))
		}
		request.Set(of, protoreflect.ValueOfMessage(changed))
		immutable := fieldbehavior.Has(f, annotations.FieldBehavior_IMMUTABLE)
		if !immutable { // a mask cannot name an immutable field
			request.Set(w.Method.Input().Fields().ByName("update_mask"), protoreflect.ValueOfMessage(mask.ProtoReflect()))
		}
		all = append(all, move{w, f, request.Interface(), immutable})
		return true
	})
	return all
}

// holderOf returns the field of an update request that holds the resource, a message of this name.
func holderOf(request protoreflect.MessageDescriptor, message string) protoreflect.FieldDescriptor {
	for i := range request.Fields().Len() {
		if f := request.Fields().Get(i); f.Message() != nil && string(f.Message().Name()) == message {
			return f
		}
	}
	return nil
}

// TestNoRoleOfAPlaceWritesElsewhere covers creations.
func TestNoRoleOfAPlaceMovesAResourceIntoItOrOutOfIt(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	world.Prepare(t, s)
	var possible []move
	for _, w := range boundWrites(t) {
		if !slices.Contains(ofAPlace, w.role) {
			continue
		}
		for _, m := range w.moves(t, s) {
			try := func(area string, want codes.Code, reasons ...string) {
				_, err := s.Call(s.As(t, "clerk", suite.In(area, m.role)), m.Method, m.request)
				refusal, _ := fault.From(err)
				if refusal == nil || refusal.Code() != want || len(reasons) > 0 && !slices.Contains(reasons, refusal.Reason()) {
					t.Errorf("%s of %s by a %s of %s: %v, want %s %v", m.Name, m.field.Name(), m.role, area, err, want, reasons)
				}
			}
			try(world.NearbyCounty, codes.NotFound)
			if m.immutable {
				try(world.County, codes.InvalidArgument, "NOT_CHANGEABLE")
				continue
			}
			try(world.County, codes.PermissionDenied, "OUTSIDE_AREA")
			possible = append(possible, m)
		}
	}
	if len(possible) == 0 {
		t.Error("no update can move a resource, so that nothing was tried")
	}
	for _, m := range possible { // the place was the only error
		if _, err := s.Call(s.As(t, "province", world.Admin()), m.Method, m.request); err != nil {
			t.Errorf("%s of %s by the province: %v", m.Name, m.field.Name(), err)
		}
	}
}
