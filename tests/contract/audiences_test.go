package contract

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
)

// Each set of roles has one name, so that a new role in it is declared once.
func TestEveryAudienceIsASetOfRolesOfItsOwnThatSomethingNames(t *testing.T) {
	named := namedAudiences(t)
	values := accessv1.Policy_Audience(0).Descriptor().Values()
	sets := map[string]protoreflect.Name{}
	for i := range values.Len() {
		value := values.Get(i)
		if value.Number() == 0 {
			continue
		}
		roles, _ := proto.GetExtension(value.Options(), accessv1.E_Roles).([]accessv1.Grant_Role)
		if len(roles) == 0 {
			t.Errorf("%s has no roles", value.Name())
		}
		roles = slices.Sorted(slices.Values(roles))
		var set string
		for i, role := range roles {
			if i > 0 && role == roles[i-1] {
				t.Errorf("%s names %s twice", value.Name(), role)
			}
			set += role.String() + " "
		}
		if other, twice := sets[set]; twice {
			t.Errorf("%s and %s have the same roles", other, value.Name())
		}
		sets[set] = value.Name()
		if !named[accessv1.Policy_Audience(value.Number())] {
			t.Errorf("no policy and no personal field names %s", value.Name())
		}
	}
}

// namedAudiences returns the audiences that methods and personal fields use.
func namedAudiences(t *testing.T) map[accessv1.Policy_Audience]bool {
	t.Helper()
	named := map[accessv1.Policy_Audience]bool{}
	files(t, func(f protoreflect.FileDescriptor) {
		for i := range f.Services().Len() {
			methods := f.Services().Get(i).Methods()
			for j := range methods.Len() {
				policy, _ := proto.GetExtension(methods.Get(j).Options(), accessv1.E_Policy).(*accessv1.Policy)
				named[policy.GetAudience()] = true
			}
		}
		for i := range f.Messages().Len() {
			fields := f.Messages().Get(i).Fields()
			for j := range fields.Len() {
				personal, _ := proto.GetExtension(fields.Get(j).Options(), accessv1.E_Personal).(*accessv1.Personal)
				named[personal.GetAudience()] = true
			}
		}
	})
	return named
}
