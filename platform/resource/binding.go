package resource

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/route"
)

// checkBindings refuses a kind whose rows a role of a place or of an organization could write everywhere. The store
// narrows the rows of a kind with an area. For other kinds, the policy of each method that writes the kind must bind
// those roles to a field of the request.
func (s *Store[M]) checkBindings() error {
	area, organization := s.narrowedBy()
	kind := s.blank.ProtoReflect().Descriptor()
	var faults []error
	for d := range methodsBeside(kind) {
		m, err := methodOf(d)
		faults = append(faults, err)
		if m.writes && m.isOf(kind.FullName(), s.shape) {
			faults = append(faults, m.unbound(s.kind.Table, area, organization)...)
		}
	}
	return errors.Join(faults...)
}

// method describes which resource a method is about, and its policy.
type method struct {
	policy access.Rule
	output protoreflect.FullName
	writes bool   // its HTTP verb is not GET, or it has no HTTP rule
	path   string // resource pattern of the HTTP rule: villages/*/needs
	one    bool   // the path ends in an id
}

func methodOf(d protoreflect.MethodDescriptor) (method, error) {
	policy, err := access.RuleOf(d)
	if err != nil {
		return method{}, fmt.Errorf("policy of %s: %w", policy.Method, err)
	}
	rule, _ := route.Of(d)
	m := method{policy: policy, output: d.Output().FullName(), writes: rule.Verb != http.MethodGet, path: rule.Resource()}
	m.one = strings.HasSuffix(m.path, "/*")
	return m, nil
}

// isOf reports whether the method is about a kind: its path ends in the kind's collection or in a resource of it, with
// or without a parent, or it returns the kind's message.
func (m method) isOf(message protoreflect.FullName, sh *shape) bool {
	collection := strings.TrimSuffix(m.path, "/*")
	return collection[strings.LastIndexByte(collection, '/')+1:] == sh.collection || m.output == message
}

// unbound returns an error for each role with which the method could write rows that neither the kind nor the request
// narrows.
func (m method) unbound(table string, area, organization bool) []error {
	var faults []error
	refuse := func(field, binding string, dimension bool, bound func(accessv1.Grant_Role) bool) {
		i := slices.IndexFunc(m.policy.Roles, bound)
		if dimension || i < 0 || m.binds(binding) {
			return
		}
		faults = append(faults, fmt.Errorf("%s lets %s write all of %s, which have no %s of their own: "+
			"say Within, or bind its policy's %s to the name of what it changes or to a field of what it creates",
			m.policy.Method, m.policy.Roles[i], table, field, field))
	}
	refuse("area", m.policy.Area, area, access.OfAPlace)
	refuse("organization", m.policy.Organization, organization, func(r accessv1.Grant_Role) bool {
		return r == accessv1.Grant_ORGANIZATION_MANAGER
	})
	return faults
}

// binds reports whether a path of the policy binds the request to the row. For an existing row only its name does.
// Other fields say what the row should become, not where it is.
func (m method) binds(path string) bool {
	last := path[strings.LastIndexByte(path, '.')+1:]
	return path != "" && (!m.one || last == "name")
}
