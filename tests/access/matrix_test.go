package access

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/tests/decisions"
	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// expectation is a line of the tables in expectations.
type expectation struct {
	roles                  []string
	byArea, byOrganization bool
	whole                  bool // not for grants that are narrower than a province
	outside                string
}

func expectations(t *testing.T) map[string]expectation {
	t.Helper()
	all := map[string]expectation{}
	for _, row := range decisions.In(t, "expectations/*.csv") {
		bound := strings.Fields(row[2])
		all[row[0]] = expectation{
			roles: strings.Fields(row[1]), outside: row[3],
			byArea: slices.Contains(bound, "area"), byOrganization: slices.Contains(bound, "organization"),
			whole: slices.Contains(bound, "whole"),
		}
	}
	return all
}

func policy(t *testing.T, m protoreflect.MethodDescriptor) access.Rule {
	t.Helper()
	rule, err := access.RuleOf(m)
	if err != nil {
		t.Fatal(err)
	}
	return rule
}

func TestEveryPolicyIsTheOneExpected(t *testing.T) {
	expected := expectations(t)
	for _, m := range suite.Methods() {
		e, decided := expected[suite.Name(m)]
		if !decided {
			t.Errorf("%s: tests/access/expectations does not say who may call it", suite.Name(m))
			continue
		}
		delete(expected, suite.Name(m))
		var roles []string
		for _, role := range policy(t, m).Roles {
			roles = append(roles, role.String())
		}
		if want := strings.Join(e.roles, " "); want != strings.Join(roles, " ") {
			t.Errorf("%s: the policy admits %v, expected is %s", suite.Name(m), roles, want)
		}
		if policy(t, m).Area != "" && !e.byArea || policy(t, m).Organization != "" && !e.byOrganization {
			t.Errorf("%s: the policy binds a caller by more than is expected", suite.Name(m))
		}
	}
	for name := range expected {
		t.Errorf("%s: tests/access/expectations decides about an RPC that is not there", name)
	}
}

// caller is a caller with one grant or without a token.
type caller struct {
	name  string
	grant *accessv1.Grant // nil: no token
	here  bool            // the grant covers the place of every request
	ours  bool            // the grant covers the organization of every request
}

// ofAPlace are the roles that only exist with an area; see TestATokenThatIsNotGoodOpensNothing.
var ofAPlace = []accessv1.Grant_Role{accessv1.Grant_PREFECTURE_CLERK, accessv1.Grant_COUNTY_CLERK, accessv1.Grant_VILLAGE_TEAM}

// callers returns a caller without a token, and one for every role everywhere (if the role can be), at the parent, at
// the place, at its child and at its sibling. Managers exist both for the organization and for another one.
func callers(organization string) []caller {
	places := []struct {
		name, area string
		here       bool
	}{
		{"everywhere", "", true}, {"parent", "4331", true}, {"own", world.County, true},
		{"child", world.Neighbour, false}, {"sibling", world.NearbyCounty, false},
	}
	all := []caller{{name: "without a token"}}
	for n := range accessv1.Grant_Role_name {
		role := accessv1.Grant_Role(n)
		if role == accessv1.Grant_ROLE_UNSPECIFIED || role == accessv1.Grant_PUBLIC || role == accessv1.Grant_ACCOUNT_OWNER {
			continue
		}
		for _, p := range places {
			if p.area == "" && slices.Contains(ofAPlace, role) {
				continue
			}
			c := caller{name: role.String() + " " + p.name, grant: suite.In(p.area, role), here: p.here, ours: true}
			if role != accessv1.Grant_ORGANIZATION_MANAGER {
				all = append(all, c)
				continue
			}
			for _, uscc := range []string{organization, world.Agency} {
				c.grant = suite.In(p.area, role)
				c.grant.Organization, c.ours = uscc, uscc == organization
				c.name = role.String() + " " + p.name + " of " + uscc
				all = append(all, c)
			}
		}
	}
	slices.SortFunc(all, func(a, b caller) int { return strings.Compare(a.name, b.name) })
	return all
}

// decision returns the code that the caller must receive. OK means any code but those that refuse the caller.
func (e expectation) decision(c caller) codes.Code {
	switch {
	case slices.Contains(e.roles, accessv1.Grant_PUBLIC.String()):
		return codes.OK
	case c.grant == nil:
		return codes.Unauthenticated
	case !slices.Contains(e.roles, c.grant.GetRole().String()):
		return codes.PermissionDenied
	case e.whole && (c.grant.GetArea() != "" || c.grant.GetOrganization() != ""):
		return codes.PermissionDenied
	case (!e.byArea || c.here) && (!e.byOrganization || c.ours), e.outside == "NARROWED":
		return codes.OK
	case e.outside == "NOT_FOUND":
		return codes.NotFound
	default:
		return codes.PermissionDenied
	}
}

// admitted reports whether a code shows that a valid request was admitted: it succeeded, or another role had already
// done it.
func admitted(code codes.Code) bool {
	return code == codes.OK || code == codes.FailedPrecondition
}

func TestEveryRPCAdmitsExactlyThoseThatItsPolicyNames(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	world.Prepare(t, s)
	expected := expectations(t)
	cells := 0
	for _, call := range world.Calls(t) {
		m, request := call.Method, call.Request
		t.Run(call.Name, func(t *testing.T) {
			e, decided := expected[call.Name]
			if !decided {
				t.Fatal("tests/access/expectations does not say who may call it")
			}
			organization := world.Association
			if call.Name == "OrganizationService.CreateOrganization" {
				organization = world.Newcomer
			}
			for _, c := range callers(organization) {
				cells++
				var token string
				if c.grant != nil {
					token = s.Token(t, "caller "+c.name, c.grant)
				}
				_, err := s.Call(suite.WithToken(t.Context(), token), m, request)
				got, want := status.Code(err), e.decision(c)
				if got != want && (want != codes.OK || !admitted(got)) {
					t.Errorf("gRPC, %s: %v, want %s", c.name, err, want)
				}
				r := suite.Route(t, m, request)
				r.Token = token
				answer := s.Do(t, r)
				if got, want := answer.Status, httpStatus(want); got != want && (want != http.StatusOK || got != http.StatusBadRequest) {
					t.Errorf("REST, %s: %d %s, want %d", c.name, got, answer.Body, want)
				}
			}
		})
	}
	t.Logf("%d cells", cells)
}

func httpStatus(code codes.Code) int {
	switch code {
	case codes.Unauthenticated:
		return http.StatusUnauthorized
	case codes.PermissionDenied:
		return http.StatusForbidden
	case codes.NotFound:
		return http.StatusNotFound
	default:
		return http.StatusOK
	}
}
