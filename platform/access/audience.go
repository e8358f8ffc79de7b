package access

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/route"
)

// Rule is one row of the access matrix.
type Rule struct {
	// Method is the full gRPC name.
	Method string
	// Roles are the roles of which any may call the method, in the order of the proto.
	Roles []accessv1.Grant_Role
	// Area and Organization are the request's fields that bind the roles to a place and to an organization. They are
	// empty where nothing does.
	Area, Organization string
	// Account is the request's field that names an account. A caller that signed in with it has the role ACCOUNT_OWNER
	// in the call. It is empty where that role has no effect.
	Account string
}

// RuleOf reads the policy of a method. It returns an error if there is none, or if its audience has no roles.
func RuleOf(m protoreflect.MethodDescriptor) (Rule, error) {
	policy, _ := proto.GetExtension(m.Options(), accessv1.E_Policy).(*accessv1.Policy)
	roles, err := rolesOf(policy.GetAudience())
	return Rule{
		Method: route.Name(m),
		Roles:  roles, Area: policy.GetArea(), Organization: policy.GetOrganization(), Account: policy.GetAccount(),
	}, err
}

// ReadersOf returns the roles that may read a personal field, and none for a field that is not personal. It returns an
// error if the audience of a personal field has no roles.
func ReadersOf(f protoreflect.FieldDescriptor) ([]accessv1.Grant_Role, error) {
	if !proto.HasExtension(f.Options(), accessv1.E_Personal) {
		return nil, nil
	}
	personal, _ := proto.GetExtension(f.Options(), accessv1.E_Personal).(*accessv1.Personal)
	return rolesOf(personal.GetAudience())
}

// rolesOf returns the roles of an audience, in the order of the proto.
func rolesOf(a accessv1.Policy_Audience) ([]accessv1.Grant_Role, error) {
	value := a.Descriptor().Values().ByNumber(a.Number())
	switch {
	case a == accessv1.Policy_AUDIENCE_UNSPECIFIED:
		return nil, errors.New("no audience is named")
	case value == nil:
		return nil, fmt.Errorf("%s is not an audience", a)
	}
	roles, _ := proto.GetExtension(value.Options(), accessv1.E_Roles).([]accessv1.Grant_Role)
	if len(roles) == 0 {
		return nil, fmt.Errorf("the audience %s has no roles", a)
	}
	for _, role := range roles {
		if role == accessv1.Grant_ROLE_UNSPECIFIED || role.Descriptor().Values().ByNumber(role.Number()) == nil {
			return nil, fmt.Errorf("the audience %s: %s is not a role", a, role)
		}
	}
	return roles, nil
}
