package org_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/servertest"
	"github.com/wancun/wancun/services/org"
)

// Codes with correct check characters that no known organization has.
const (
	association = "51430000MJJ0000129"
	foundation  = "53430000MJJ000039T"
	countyGroup = "51433124MJJ000047Y"
	requestID   = "01980000-0000-7000-8000-00000000000a"
)

// divisions is a village service with the divisions of these codes.
type divisions struct {
	villagev1.DivisionServiceClient
	current, retired []string
	away             bool
	asked            int
}

// BatchGetDivisions returns all requested divisions or an error, like the real service.
func (d *divisions) BatchGetDivisions(_ context.Context, r *villagev1.BatchGetDivisionsRequest, _ ...grpc.CallOption) (*villagev1.BatchGetDivisionsResponse, error) {
	d.asked++
	if d.away {
		return nil, status.Error(codes.Unavailable, "connection refused")
	}
	answer := &villagev1.BatchGetDivisionsResponse{}
	for _, name := range r.GetNames() {
		code := strings.TrimPrefix(name, "divisions/")
		found := &villagev1.Division{Name: name, Code: code}
		switch {
		case slices.Contains(d.retired, code):
			found.ValidTo = &date.Date{Year: 2019, Month: 1, Day: 1}
		case !slices.Contains(d.current, code):
			return nil, fault.NotFound(name).GRPCStatus().Err()
		}
		answer.Divisions = append(answer.Divisions, found)
	}
	return answer, nil
}

// hunan returns the divisions that the tests use.
func hunan() *divisions {
	return &divisions{current: []string{"430000000000", "433100000000", "433124000000", "433125000000"}, retired: []string{"430521000000"}}
}

// start runs the service behind a real server.
func start(t *testing.T) orgv1.OrganizationServiceClient {
	t.Helper()
	return orgv1.NewOrganizationServiceClient(serve(t, servertest.Database(t)))
}

func serve(t testing.TB, db *database.DB) grpc.ClientConnInterface {
	t.Helper()
	return serveBeside(t, db, hunan())
}

func serveBeside(t testing.TB, db *database.DB, village *divisions) grpc.ClientConnInterface {
	t.Helper()
	d := servertest.Deps(t, "org", db)
	d.Clock = moving(servertest.NewClock(time.Date(2019, 8, 20, 0, 0, 0, 0, time.UTC)))
	return servertest.Start(t, servertest.Open(t, org.Service(), d, org.Peers{Divisions: village}).Register)
}

func as(t testing.TB, subject string, role accessv1.Grant_Role, areaAndOrganization ...string) context.Context {
	return servertest.As(t.Context(), subject, servertest.Grant(role, areaAndOrganization...))
}

func provinceAdmin(t testing.TB) context.Context {
	return as(t, "admin", accessv1.Grant_PROVINCE_ADMIN, "43")
}

func manager(t *testing.T, uscc string) context.Context {
	return as(t, "manager", accessv1.Grant_ORGANIZATION_MANAGER, "", uscc)
}

// organization returns a valid organization of the province.
func organization(uscc string, kind orgv1.Organization_Type) *orgv1.Organization {
	return &orgv1.Organization{
		Uscc: uscc, DisplayName: "示例社会组织", Type: kind, Level: orgv1.Organization_PROVINCIAL,
		Division: "divisions/430000000000", Contact: &orgv1.Contact{Person: "张三", Phone: "+86 731 0000000"},
	}
}

// inCounty returns a valid organization of a county.
func inCounty() *orgv1.Organization {
	o := organization(countyGroup, orgv1.Organization_SOCIAL_GROUP)
	o.Level, o.Division = orgv1.Organization_COUNTY, "divisions/433124000000"
	return o
}

func register(t *testing.T, c orgv1.OrganizationServiceClient, o *orgv1.Organization) *orgv1.Organization {
	t.Helper()
	made, err := c.CreateOrganization(provinceAdmin(t), &orgv1.CreateOrganizationRequest{Organization: o})
	if err != nil {
		t.Fatalf("CreateOrganization: %v", err)
	}
	return made
}

// refused checks the code of an error and, unless field is empty, the first field that it names.
func refused(t *testing.T, err error, code codes.Code, field string) {
	t.Helper()
	if status.Code(err) != code {
		t.Errorf("error %v, want %s", err, code)
		return
	}
	e, _ := fault.From(err)
	if v := e.Violations(); field != "" && (len(v) == 0 || v[0].Field != field) {
		t.Errorf("error blames %v, want %s", v, field)
	}
}

// moving is a clock that advances with every reading.
func moving(c *servertest.Clock) func() time.Time {
	return func() time.Time {
		c.Advance(time.Millisecond)
		return c.Now()
	}
}

func TestAnOrganizationRegistersAndIsApproved(t *testing.T) {
	c := start(t)
	made, err := c.CreateOrganization(manager(t, association), &orgv1.CreateOrganizationRequest{
		Organization: organization(" 51430000mjj0000129", orgv1.Organization_SOCIAL_GROUP),
	})
	if err != nil {
		t.Fatalf("CreateOrganization: %v", err)
	}
	if made.GetName() != "organizations/"+association || made.GetState() != orgv1.Organization_REGISTERED || made.GetRegisteredBy() != "manager" {
		t.Errorf("registered %v, want it named by its code, REGISTERED by the manager", made)
	}
	approved, err := c.ApproveOrganization(provinceAdmin(t), &orgv1.ApproveOrganizationRequest{Name: made.GetName(), Etag: made.GetEtag()})
	if err != nil {
		t.Fatalf("ApproveOrganization: %v", err)
	}
	if approved.GetState() != orgv1.Organization_APPROVED || approved.GetApprovedBy() != "admin" || approved.GetApproveTime() == nil {
		t.Errorf("approved %v, want it APPROVED by the admin", approved)
	}
	if diff := cmp.Diff(approved.GetUpdateTime(), approved.GetApproveTime(), protocmp.Transform()); diff != "" {
		t.Errorf("approved at another time than it was updated (-update +approve):\n%s", diff)
	}
	read, err := c.BatchGetOrganizations(provinceAdmin(t), &orgv1.BatchGetOrganizationsRequest{Names: []string{made.GetName()}})
	if err != nil {
		t.Fatalf("BatchGetOrganizations: %v", err)
	}
	if diff := cmp.Diff([]*orgv1.Organization{approved}, read.GetOrganizations(), protocmp.Transform()); diff != "" {
		t.Errorf("BatchGetOrganizations (-want +got):\n%s", diff)
	}
	_, err = c.ApproveOrganization(provinceAdmin(t), &orgv1.ApproveOrganizationRequest{Name: made.GetName()})
	refused(t, err, codes.FailedPrecondition, "")
}

func TestOnlyTheRegistrarsOfItsPlaceApprove(t *testing.T) {
	c := start(t)
	name := register(t, c, inCounty()).GetName()
	for place, want := range map[string]codes.Code{"433125": codes.NotFound, "4301": codes.NotFound, "433124": codes.OK} {
		_, err := c.ApproveOrganization(as(t, "clerk", accessv1.Grant_COUNTY_CLERK, place), &orgv1.ApproveOrganizationRequest{Name: name})
		if got := status.Code(err); got != want {
			t.Errorf("a clerk of %s approves: %v, want %s", place, err, want)
		}
	}
	if _, err := c.GetOrganization(as(t, "clerk", accessv1.Grant_COUNTY_CLERK, "433125"), &orgv1.GetOrganizationRequest{Name: name}); err != nil {
		t.Errorf("the register is open, but a clerk elsewhere reads: %v", err)
	}
}

func TestACodeThatDoesNotFitIsRefused(t *testing.T) {
	c := start(t)
	wrong := organization("53100000500020462H", orgv1.Organization_FOUNDATION)
	wrong.Level, wrong.Division = orgv1.Organization_NATIONAL, "divisions/100000000000"
	_, err := c.CreateOrganization(provinceAdmin(t), &orgv1.CreateOrganizationRequest{Organization: wrong})
	refused(t, err, codes.InvalidArgument, "organization.uscc")

	wrong.UsccOverrideReason = "seen the certificate"
	_, err = c.CreateOrganization(manager(t, wrong.GetUscc()), &orgv1.CreateOrganizationRequest{Organization: wrong})
	refused(t, err, codes.PermissionDenied, "organization.uscc_override_reason")
	everywhere := as(t, "admin", accessv1.Grant_PROVINCE_ADMIN, "")
	if _, err := c.CreateOrganization(everywhere, &orgv1.CreateOrganizationRequest{Organization: wrong}); err != nil {
		t.Errorf("CreateOrganization with an override by a registrar: %v", err)
	}

	disagrees := organization(association, orgv1.Organization_FOUNDATION)
	_, err = c.CreateOrganization(provinceAdmin(t), &orgv1.CreateOrganizationRequest{Organization: disagrees})
	refused(t, err, codes.InvalidArgument, "organization.type")
}

func TestARegistrationIsRepeatedSafely(t *testing.T) {
	c := start(t)
	r := &orgv1.CreateOrganizationRequest{Organization: organization(association, orgv1.Organization_SOCIAL_GROUP), RequestId: requestID}
	first, err := c.CreateOrganization(provinceAdmin(t), r)
	if err != nil {
		t.Fatalf("CreateOrganization: %v", err)
	}
	again, err := c.CreateOrganization(provinceAdmin(t), r)
	if err != nil {
		t.Fatalf("the same request again: %v", err)
	}
	if diff := cmp.Diff(first, again, protocmp.Transform()); diff != "" {
		t.Errorf("answered differently (-first +again):\n%s", diff)
	}
	r.RequestId = ""
	_, err = c.CreateOrganization(provinceAdmin(t), r)
	refused(t, err, codes.AlreadyExists, "")
}

func TestASheetIsRegisteredWholeOrNotAtAll(t *testing.T) {
	c := start(t)
	sheet := &orgv1.BatchCreateOrganizationsRequest{Requests: []*orgv1.CreateOrganizationRequest{
		{Organization: organization(association, orgv1.Organization_SOCIAL_GROUP)},
		{Organization: organization("53430000MJJ000039X", orgv1.Organization_FOUNDATION)},
	}}
	_, err := c.BatchCreateOrganizations(provinceAdmin(t), sheet)
	refused(t, err, codes.InvalidArgument, "requests[1].organization.uscc")
	_, err = c.GetOrganization(provinceAdmin(t), &orgv1.GetOrganizationRequest{Name: "organizations/" + association})
	refused(t, err, codes.NotFound, "")

	sheet.Requests[1].Organization.Uscc = foundation
	for want, typed := range []string{foundation, "53430000mjj000039t"} {
		sheet.SkipIdentical, sheet.Requests[1].Organization.Uscc = want == 1, typed
		b, err := c.BatchCreateOrganizations(provinceAdmin(t), sheet)
		if err != nil {
			t.Fatalf("BatchCreateOrganizations: %v", err)
		}
		if b.GetUnchangedCount() != int32(2*want) || b.GetCreatedCount() != int32(2-2*want) || len(b.GetOrganizations()) != 2 {
			t.Errorf("upload %d: %d created, %d unchanged", want+1, b.GetCreatedCount(), b.GetUnchangedCount())
		}
	}
}

func TestAnOrganizationIsChangedByItsOwnManager(t *testing.T) {
	c := start(t)
	o := register(t, c, organization(association, orgv1.Organization_SOCIAL_GROUP))
	change := &orgv1.UpdateOrganizationRequest{
		Organization: &orgv1.Organization{Name: o.GetName(), DisplayNameEn: "An example"},
		UpdateMask:   &fieldmaskpb.FieldMask{Paths: []string{"display_name_en"}},
	}
	_, err := c.UpdateOrganization(manager(t, foundation), change)
	refused(t, err, codes.NotFound, "")
	updated, err := c.UpdateOrganization(manager(t, association), change)
	if err != nil || updated.GetDisplayNameEn() != "An example" || updated.GetDisplayName() != o.GetDisplayName() {
		t.Errorf("UpdateOrganization = %v, %v, want the English name alone changed", updated, err)
	}
	change.Organization.Etag = o.GetEtag()
	_, err = c.UpdateOrganization(manager(t, association), change)
	refused(t, err, codes.Aborted, "")
	change.Organization.Etag, change.UpdateMask.Paths = "", []string{"type"}
	_, err = c.UpdateOrganization(manager(t, association), change)
	refused(t, err, codes.InvalidArgument, "update_mask")
}

func TestWhatWasVettedIsVettedAgainWhenItChanges(t *testing.T) {
	registrar := func(t *testing.T, subject string) context.Context {
		return as(t, subject, accessv1.Grant_PROVINCE_ADMIN, "43")
	}
	for path, change := range map[string]*orgv1.Organization{
		"display_name":     {DisplayName: "其他社会组织"},
		"display_name_en":  {DisplayNameEn: "Another"},
		"supervising_body": {SupervisingBody: "示例单位"},
	} {
		for subject, by := range map[string]context.Context{"manager": manager(t, association), "second": registrar(t, "second")} {
			t.Run(path+" changed by the "+subject, func(t *testing.T) {
				c := start(t)
				name := register(t, c, organization(association, orgv1.Organization_SOCIAL_GROUP)).GetName()
				approve := func(subject string) error {
					_, err := c.ApproveOrganization(registrar(t, subject), &orgv1.ApproveOrganizationRequest{Name: name})
					return err
				}
				update := func(o *orgv1.Organization, path string) *orgv1.Organization {
					o.Name = name
					o, err := c.UpdateOrganization(by, &orgv1.UpdateOrganizationRequest{
						Organization: o, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{path}},
					})
					if err != nil {
						t.Fatal(err)
					}
					return o
				}
				if err := approve("second"); err != nil {
					t.Fatal(err)
				}
				kept := update(&orgv1.Organization{Contact: &orgv1.Contact{Person: "示例"}}, "contact")
				if kept.GetState() != orgv1.Organization_APPROVED || kept.GetApprovedBy() != "second" {
					t.Errorf("with another contact it is %v, want it APPROVED", kept)
				}
				o := update(proto.CloneOf(change), path)
				if o.GetState() != orgv1.Organization_REGISTERED || o.GetApprovedBy() != "" || o.GetApproveTime() != nil {
					t.Errorf("changed it is %v, want it REGISTERED and not approved", o)
				}
				refused(t, approve(subject), codes.PermissionDenied, "")
				if err := approve("third"); err != nil {
					t.Errorf("a third person approves: %v", err)
				}
			})
		}
	}
}

func TestOneClerkDoesNotRegisterAndApproveAlone(t *testing.T) {
	c := start(t)
	clerk := as(t, "clerk", accessv1.Grant_COUNTY_CLERK, "433124")
	o, err := c.CreateOrganization(clerk, &orgv1.CreateOrganizationRequest{Organization: inCounty()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.ApproveOrganization(clerk, &orgv1.ApproveOrganizationRequest{Name: o.GetName()})
	refused(t, err, codes.PermissionDenied, "")
	_, err = c.ApproveOrganization(as(t, "clerk", accessv1.Grant_PROVINCE_ADMIN), &orgv1.ApproveOrganizationRequest{Name: o.GetName()})
	refused(t, err, codes.PermissionDenied, "") // the same subject with a higher role
	second := as(t, "second", accessv1.Grant_COUNTY_CLERK, "433124")
	if _, err := c.ApproveOrganization(second, &orgv1.ApproveOrganizationRequest{Name: o.GetName()}); err != nil {
		t.Errorf("a second clerk approves: %v", err)
	}
}

func TestAnOrganizationIsNotHandedToAnotherPlace(t *testing.T) {
	c := start(t)
	name := register(t, c, inCounty()).GetName()
	_, err := c.UpdateOrganization(as(t, "clerk", accessv1.Grant_COUNTY_CLERK, "433124"), &orgv1.UpdateOrganizationRequest{
		Organization: &orgv1.Organization{
			Name: name, Division: "divisions/433125000000", AuthorityOverrideReason: "moved to the next county",
		},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"division", "authority_override_reason"}},
	})
	refused(t, err, codes.PermissionDenied, "")
}

func TestACountysClerkCannotRegisterAnOrganizationOfTheProvince(t *testing.T) {
	c := start(t)
	clerk := as(t, "clerk", accessv1.Grant_COUNTY_CLERK, "433124")
	o := organization(association, orgv1.Organization_SOCIAL_GROUP)
	for _, tc := range []struct {
		name   string
		change func(*orgv1.Organization)
		code   codes.Code
		field  string
	}{
		{"in the province", func(*orgv1.Organization) {}, codes.PermissionDenied, ""},
		{"with the level of the province in the county", func(m *orgv1.Organization) {
			m.Division = "divisions/433124000000"
		}, codes.InvalidArgument, "organization.level"},
		{"with a code of the province in the county", func(m *orgv1.Organization) {
			m.Level, m.Division = orgv1.Organization_COUNTY, "divisions/433124000000"
		}, codes.InvalidArgument, "organization.division"},
		{"with a reason, in the province", func(m *orgv1.Organization) {
			m.Uscc, m.AuthorityOverrideReason = countyGroup, "it works in the whole province"
		}, codes.PermissionDenied, "organization.authority_override_reason"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			made := proto.CloneOf(o)
			tc.change(made)
			_, err := c.CreateOrganization(clerk, &orgv1.CreateOrganizationRequest{Organization: made})
			refused(t, err, tc.code, tc.field)
		})
	}
}

func TestTheContactIsSeenByThoseWhoNeedItAndErasedForGood(t *testing.T) {
	c := start(t)
	name := register(t, c, organization(association, orgv1.Organization_SOCIAL_GROUP)).GetName()
	contact := func(ctx context.Context) *orgv1.Contact {
		t.Helper()
		o, err := c.GetOrganization(ctx, &orgv1.GetOrganizationRequest{Name: name})
		if err != nil {
			t.Fatalf("GetOrganization: %v", err)
		}
		return o.GetContact()
	}
	if contact(provinceAdmin(t)).GetPerson() != "张三" {
		t.Error("the province does not see the contact")
	}
	if contact(as(t, "team", accessv1.Grant_VILLAGE_TEAM, "433124001201")) != nil {
		t.Error("a village team sees the contact")
	}
	for range 2 { // the second erasure changes nothing
		if _, err := c.EraseOrganizationContact(provinceAdmin(t), &orgv1.EraseOrganizationContactRequest{Name: name}); err != nil {
			t.Fatalf("EraseOrganizationContact: %v", err)
		}
	}
	if got := contact(provinceAdmin(t)); got != nil {
		t.Errorf("after the erasure the contact is %v", got)
	}
}

func TestTheRegisterIsListedByWhatOrganizationsAre(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		c := orgv1.NewOrganizationServiceClient(serve(t, db))
		register(t, c, organization(association, orgv1.Organization_SOCIAL_GROUP))
		register(t, c, organization(foundation, orgv1.Organization_FOUNDATION))
		register(t, c, inCounty())
		for filter, want := range map[string][]string{
			"":                                     {association, countyGroup, foundation},
			`type = FOUNDATION`:                    {foundation},
			`division = "divisions/433124000000"`:  {countyGroup},
			`level = PROVINCIAL AND uscc < "52"`:   {association},
			`state = APPROVED`:                     nil,
			`create_time > "2019-08-20T00:00:01Z"`: nil,
		} {
			r, err := c.ListOrganizations(provinceAdmin(t), &orgv1.ListOrganizationsRequest{Filter: filter})
			if err != nil {
				t.Errorf("ListOrganizations(%s): %v", filter, err)
				continue
			}
			var got []string
			for _, o := range r.GetOrganizations() {
				got = append(got, o.GetUscc())
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("ListOrganizations(%s) (-want +got):\n%s", filter, diff)
			}
		}
	})
}
