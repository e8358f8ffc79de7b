package access

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// write is a writing RPC with a role that its policy binds to a place or to an organization.
type write struct {
	world.Call
	role accessv1.Grant_Role
	// named means that the RPC names an existing resource, or a parent that its policy does not check. A caller
	// elsewhere must receive NOT_FOUND.
	named bool
}

// boundWrites returns every such RPC and role. It reads only the protos, so it includes RPCs that expectations does
// not bind.
func boundWrites(t *testing.T) []write {
	t.Helper()
	var all []write
	for _, call := range world.Calls(t) {
		if suite.Route(t, call.Method, call.Request).Verb == http.MethodGet {
			continue
		}
		rule := policy(t, call.Method)
		within := rule.Area == "" && rule.Organization == "" && call.Method.Input().Fields().ByName("parent") != nil
		for _, role := range rule.Roles {
			if slices.Contains(ofAPlace, role) || role == accessv1.Grant_ORGANIZATION_MANAGER {
				all = append(all, write{call, role, within || world.SpeaksOfOne(call.Method)})
			}
		}
	}
	return all
}

// here returns a grant of the role that covers the request. elsewhere returns grants of the role that do not.
func (w write) here() *accessv1.Grant {
	g := suite.In(world.County, w.role)
	if w.role == accessv1.Grant_ORGANIZATION_MANAGER {
		g.Organization = w.organization()
	}
	return g
}

func (w write) organization() string {
	if strings.HasSuffix(w.Name, ".CreateOrganization") {
		return world.Newcomer
	}
	return world.Association
}

func (w write) elsewhere() map[string][]*accessv1.Grant {
	if w.role == accessv1.Grant_ORGANIZATION_MANAGER {
		return map[string][]*accessv1.Grant{
			"of another organization":                   {suite.Of(world.Agency)},
			"of another that may read everything":       {suite.Of(world.Agency), suite.Everywhere(accessv1.Grant_LEADER)},
			"of the organization in a sibling county":   {{Role: w.role, Area: world.NearbyCounty, Organization: w.organization()}},
			"of another in the county of the requests'": {{Role: w.role, Area: world.County, Organization: world.Agency}},
		}
	}
	return map[string][]*accessv1.Grant{
		"of a sibling county":                          {suite.In(world.NearbyCounty, w.role)},
		"of a sibling village":                         {suite.In(world.Neighbour, w.role)},
		"of another prefecture":                        {suite.In("4305", w.role)},
		"of a sibling county that reads this one":      {suite.In(world.NearbyCounty, w.role), suite.In(world.County, accessv1.Grant_LEADER)},
		"of a sibling county and of some organization": {suite.In(world.NearbyCounty, w.role), suite.Of(world.Agency)},
	}
}

// refused returns the code that a caller elsewhere must receive.
func (w write) refused() codes.Code {
	if w.named {
		return codes.NotFound
	}
	return codes.PermissionDenied
}

func TestNoRoleOfAPlaceWritesElsewhere(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	world.Prepare(t, s)
	cells := 0
	for _, w := range boundWrites(t) {
		for where, grants := range w.elsewhere() {
			cells++
			token := s.Token(t, "elsewhere", grants...)
			_, err := s.Call(suite.WithToken(t.Context(), token), w.Method, w.Request)
			if got := status.Code(err); got != w.refused() {
				t.Errorf("gRPC %s by a %s %s: %v, want %s", w.Name, w.role, where, err, w.refused())
			}
			r := suite.Route(t, w.Method, w.Request)
			r.Token = token
			if answer := s.Do(t, r); answer.Status != httpStatus(w.refused()) {
				t.Errorf("REST %s by a %s %s: %d %s, want %d", w.Name, w.role, where, answer.Status, answer.Body, httpStatus(w.refused()))
			}
		}
	}
	t.Logf("%d cells", cells)
}

// sent returns the request with a request id, and without validate_only.
func (w write) sent() proto.Message {
	m := proto.Clone(w.Request)
	set := func(field string, v any) {
		if f := m.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(field)); f != nil {
			m.ProtoReflect().Set(f, protoreflect.ValueOf(v))
		}
	}
	set("validate_only", false)
	set("skip_identical", true)
	set("request_id", world.ID("repeated", w.Name, w.role))
	return m
}

func TestARepeatedRequestIsAnsweredByThePresentGrants(t *testing.T) {
	for _, w := range boundWrites(t) {
		t.Run(w.Name+" by a "+w.role.String(), func(t *testing.T) {
			s := suite.Up(t, suite.Options{})
			world.Build(t, s)
			world.Prepare(t, s)
			send := func(grants ...*accessv1.Grant) (proto.Message, error) {
				return s.Call(s.As(t, "somebody", grants...), w.Method, w.sent())
			}
			if _, err := send(w.here()); err != nil {
				t.Fatalf("the request itself: %v", err)
			}
			for where, grants := range w.elsewhere() {
				answer, err := send(grants...)
				if got := status.Code(err); got != w.refused() || proto.Size(answer) > 0 {
					t.Errorf("repeated %s: %v, %v, want %s", where, answer, err, w.refused())
				}
			}
			_, err := send(suite.In("", accessv1.Grant_LEADER)) // the caller no longer has the role
			world.Refused(t, "repeated as a leader", err, codes.PermissionDenied)
			if _, err := send(w.here()); err != nil {
				t.Errorf("repeated with the grant back: %v", err)
			}
		})
	}
}
