package input

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// spellings are forms of one name that look the same to a reader.
var spellings = []string{
	"示例 café 协会", "示例 cafe\u0301 协会", "示例\u3000café\u3000协会", "\u00a0示例\u2003café \t协会 ", "示例\r\ncafé 协会",
}

const spelt = "示例 café 协会"

func TestANameIsFoundHoweverItWasTyped(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := suite.Up(t, o)
		world.Build(t, s)
		admin, token := s.As(t, "admin", world.Admin()), s.Token(t, "admin", world.Admin())
		register := orgv1.NewOrganizationServiceClient(s.Conn)
		for _, written := range spellings[1:] {
			name := "organizations/" + world.Association
			changed, err := register.UpdateOrganization(admin, &orgv1.UpdateOrganizationRequest{
				Organization: &orgv1.Organization{Name: name, DisplayName: written}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"display_name"}},
			})
			if err != nil || changed.GetDisplayName() != spelt {
				t.Errorf("%q is stored as %q (%v)", written, changed.GetDisplayName(), err)
			}
			for _, sought := range spellings {
				filter := "display_name = " + strconv.Quote(sought)
				found, err := register.ListOrganizations(admin, &orgv1.ListOrganizationsRequest{Filter: filter})
				if err != nil || len(found.GetOrganizations()) != 1 {
					t.Errorf("%s over gRPC finds %d (%v)", filter, len(found.GetOrganizations()), err)
				}
				over := &orgv1.ListOrganizationsResponse{}
				s.Do(t, suite.Request{Verb: http.MethodGet, Path: "/v1/organizations", Query: url.Values{"filter": {filter}}, Token: token}).Into(t, over)
				if len(over.GetOrganizations()) != 1 {
					t.Errorf("%s over REST finds %d", filter, len(over.GetOrganizations()))
				}
			}
		}
	})
}

func TestTwoSpellingsOfOneOrganizationAreOne(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := suite.Up(t, o)
		world.Build(t, s)
		admin := s.As(t, "admin", world.Admin())
		register := orgv1.NewOrganizationServiceClient(s.Conn)
		request := func(name, id string) *orgv1.BatchCreateOrganizationsRequest {
			made := world.Organizations()[0]
			made.Uscc, made.DisplayName = world.Newcomer, name
			return &orgv1.BatchCreateOrganizationsRequest{
				Requests: []*orgv1.CreateOrganizationRequest{{Organization: made}}, RequestId: world.ID(id), SkipIdentical: true,
			}
		}
		first, err := register.BatchCreateOrganizations(admin, request(spellings[0], "first"))
		if err != nil {
			t.Fatal(err)
		}
		for _, again := range spellings {
			got, err := register.BatchCreateOrganizations(admin, request(again, again))
			if err != nil || got.GetCreatedCount() != 0 || got.GetUnchangedCount() != 1 {
				t.Errorf("%q beside %q: %d created (%v)", again, spellings[0], got.GetCreatedCount(), err)
			}
			got, err = register.BatchCreateOrganizations(admin, request(again, "first"))
			if err != nil || !proto.Equal(first, got) {
				t.Errorf("%q under the same request id is another request: %v", again, err)
			}
		}
	})
}
