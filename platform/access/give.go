package access

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
)

// GiversOf returns the roles whose holders may give a role to others, none for a role that is never given.
func GiversOf(role accessv1.Grant_Role) []accessv1.Grant_Role {
	value := role.Descriptor().Values().ByNumber(role.Number())
	if value == nil {
		return nil
	}
	givers, _ := proto.GetExtension(value.Options(), accessv1.E_Givers).([]accessv1.Grant_Role)
	return givers
}

// Callable returns those of the linked methods of a package's services, and of all packages below it, that the
// principal has a role for, sorted: `wancun.village.v1.NeedService/CreateNeed`. Whether a call succeeds also depends on
// its request. Methods without a policy are left out.
func Callable(below protoreflect.FullName, by Principal) []string {
	var all []string
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if f.Package() != below && f.Package().Parent() != below && f.Package().Parent().Parent() != below {
			return true
		}
		for i := range f.Services().Len() {
			methods := f.Services().Get(i).Methods()
			for j := range methods.Len() {
				if rule, err := RuleOf(methods.Get(j)); err == nil && rule.admits(by) {
					all = append(all, strings.TrimPrefix(rule.Method, "/"))
				}
			}
		}
		return true
	})
	slices.Sort(all)
	return all
}

// admits reports whether the caller may have a role of the audience in a call.
func (r Rule) admits(by Principal) bool {
	return slices.ContainsFunc(r.Roles, func(role accessv1.Grant_Role) bool {
		switch role {
		case accessv1.Grant_PUBLIC:
			return true
		case accessv1.Grant_ACCOUNT_OWNER:
			return by.Session != ""
		default:
			return by.Has(role)
		}
	})
}
