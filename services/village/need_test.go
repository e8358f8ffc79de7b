package village_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/servertest"
)

const (
	east = "villages/433124101201"
	west = "villages/433124102201"
)

func need() *villagev1.Need {
	return &villagev1.Need{Category: "cataract_patients", Quantity: 12, Unit: "person", SurveyDate: on(2019, 8, 20)}
}

func TestANeedGoesToTheCountyAndBack(t *testing.T) {
	c := start(t, servertest.Database(t))
	takenUp(t, c)
	team := as(t, "team", accessv1.Grant_VILLAGE_TEAM, "433124101201")
	clerk := as(t, "clerk", accessv1.Grant_COUNTY_CLERK, "433124")

	n, err := c.needs.CreateNeed(team, &villagev1.CreateNeedRequest{Parent: east, Need: need()})
	if err != nil || n.GetState() != villagev1.Need_DRAFT {
		t.Fatalf("CreateNeed = %v, %v, want a DRAFT", n, err)
	}
	name := n.GetName()
	step := func(n *villagev1.Need, err error, want villagev1.Need_State) {
		t.Helper()
		if err != nil || n.GetState() != want {
			t.Fatalf("need %v, error %v, want %s", n, err, want)
		}
	}
	n, err = c.needs.SubmitNeed(team, &villagev1.SubmitNeedRequest{Name: name})
	step(n, err, villagev1.Need_SUBMITTED)
	_, err = c.needs.UpdateNeed(team, &villagev1.UpdateNeedRequest{
		Need: &villagev1.Need{Name: name, Quantity: 13}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"quantity"}},
	})
	refused(t, err, codes.FailedPrecondition, "")
	n, err = c.needs.ReturnNeed(clerk, &villagev1.ReturnNeedRequest{Name: name, Reason: "no survey sheet"})
	step(n, err, villagev1.Need_RETURNED)
	n, err = c.needs.UpdateNeed(team, &villagev1.UpdateNeedRequest{
		Need: &villagev1.Need{Name: name, Quantity: 13}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"quantity"}},
	})
	step(n, err, villagev1.Need_RETURNED)
	n, err = c.needs.SubmitNeed(clerk, &villagev1.SubmitNeedRequest{Name: name})
	step(n, err, villagev1.Need_SUBMITTED)
	_, err = c.needs.VerifyNeed(clerk, &villagev1.VerifyNeedRequest{Name: name})
	refused(t, err, codes.PermissionDenied, "") // the clerk submitted it
	both := as(t, "team", accessv1.Grant_COUNTY_CLERK, "433124")
	_, err = c.needs.VerifyNeed(both, &villagev1.VerifyNeedRequest{Name: name})
	refused(t, err, codes.PermissionDenied, "") // the team wrote it, and now has the role of a clerk
	_, err = c.needs.ReturnNeed(both, &villagev1.ReturnNeedRequest{Name: name, Reason: "too few"})
	refused(t, err, codes.PermissionDenied, "")
	n, err = c.needs.VerifyNeed(provinceAdmin(t), &villagev1.VerifyNeedRequest{Name: name, Etag: n.GetEtag()})
	step(n, err, villagev1.Need_VERIFIED)
	if n.GetQuantity() != 13 || n.GetVerifiedBy() != "admin" {
		t.Errorf("verified %v, want 13 as verified by the admin", n)
	}
}

func TestAVillageTeamKeepsToItsVillage(t *testing.T) {
	c := start(t, servertest.Database(t))
	takenUp(t, c)
	other := as(t, "other", accessv1.Grant_VILLAGE_TEAM, "433124102201")
	_, err := c.needs.CreateNeed(other, &villagev1.CreateNeedRequest{Parent: east, Need: need()})
	refused(t, err, codes.PermissionDenied, "")
	n, err := c.needs.CreateNeed(provinceAdmin(t), &villagev1.CreateNeedRequest{Parent: east, Need: need()})
	if err != nil {
		t.Fatalf("CreateNeed: %v", err)
	}
	_, err = c.needs.GetNeed(other, &villagev1.GetNeedRequest{Name: n.GetName()})
	refused(t, err, codes.NotFound, "")
	_, err = c.needs.SubmitNeed(other, &villagev1.SubmitNeedRequest{Name: n.GetName()})
	refused(t, err, codes.NotFound, "")
	_, err = c.villages.GetVillage(other, &villagev1.GetVillageRequest{Name: east})
	refused(t, err, codes.NotFound, "")
}

func TestNeedsAreUploadedAsASheet(t *testing.T) {
	c := start(t, servertest.Database(t))
	takenUp(t, c)
	clerk := as(t, "clerk", accessv1.Grant_COUNTY_CLERK, "433124")
	sheet := &villagev1.BatchCreateNeedsRequest{Parent: "villages/-", SkipIdentical: true, Requests: []*villagev1.CreateNeedRequest{
		{Parent: east, Need: need(), NeedId: "01980000-0000-7000-8000-0000000000E1"},
		{Parent: "villages/433124109209", Need: need(), NeedId: "01980000-0000-7000-8000-0000000000e2"},
	}}
	_, err := c.needs.BatchCreateNeeds(clerk, sheet)
	refused(t, err, codes.NotFound, "requests[1].parent")
	sheet.Requests[1].Parent = west
	sheet.Parent = east
	_, err = c.needs.BatchCreateNeeds(clerk, sheet)
	refused(t, err, codes.InvalidArgument, "requests[1].parent")
	sheet.Parent = "villages/-"
	first, err := c.needs.BatchCreateNeeds(clerk, sheet)
	if err != nil || first.GetCreatedCount() != 2 {
		t.Fatalf("BatchCreateNeeds = %v, %v, want 2 created", first, err)
	}
	again, err := c.needs.BatchCreateNeeds(clerk, sheet)
	if err != nil || again.GetUnchangedCount() != 2 {
		t.Fatalf("the same sheet again = %v, %v, want 2 unchanged", again, err)
	}
	if diff := cmp.Diff(first.GetNeeds(), again.GetNeeds(), protocmp.Transform()); diff != "" {
		t.Errorf("the same sheet again (-first +again):\n%s", diff)
	}
}

func TestNeedsAreListedByVillageAndByArea(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		c := start(t, db)
		takenUp(t, c)
		for _, v := range []string{east, west} {
			if _, err := c.needs.CreateNeed(provinceAdmin(t), &villagev1.CreateNeedRequest{Parent: v, Need: need()}); err != nil {
				t.Fatalf("CreateNeed: %v", err)
			}
		}
		for _, tc := range []struct {
			name, area, parent, filter string
			want                       int
		}{
			{"of a village", "43", east, "", 1},
			{"of all villages", "43", "villages/-", "", 2},
			{"of the caller's village", "433124101201", "villages/-", "", 1},
			{"by village", "43", "villages/-", `village = "` + west + `"`, 1},
			{"by what and when", "43", "villages/-", `category = "cataract_patients" AND survey_date = "2019-08-20" AND state = DRAFT`, 2},
			{"by how much", "43", "villages/-", `quantity > 12`, 0},
		} {
			t.Run(tc.name, func(t *testing.T) {
				r, err := c.needs.ListNeeds(as(t, "reader", accessv1.Grant_COUNTY_CLERK, tc.area), &villagev1.ListNeedsRequest{Parent: tc.parent, Filter: tc.filter})
				if err != nil || len(r.GetNeeds()) != tc.want {
					t.Errorf("ListNeeds = %d needs, %v, want %d", len(r.GetNeeds()), err, tc.want)
				}
			})
		}
		for place, parent := range map[string]string{"433125": east, "43": "villages/433124109209"} { // one outside the area, and one that does not exist
			_, err := c.needs.ListNeeds(as(t, "reader", accessv1.Grant_COUNTY_CLERK, place), &villagev1.ListNeedsRequest{Parent: parent})
			refused(t, err, codes.NotFound, "")
		}
		manager := servertest.As(t.Context(), "manager", servertest.Grant(accessv1.Grant_ORGANIZATION_MANAGER, "", "51430000MJJ0000129"))
		if r, err := c.needs.ListNeeds(manager, &villagev1.ListNeedsRequest{Parent: "villages/-"}); err != nil || len(r.GetNeeds()) != 2 {
			t.Errorf("an organization looking for needs sees %d, %v, want all", len(r.GetNeeds()), err)
		}
	})
}

func TestAVillageIsTakenUpFromADivisionThatIsNotRetired(t *testing.T) {
	c := start(t, servertest.Database(t))
	imported(t, c, "2019-10-31", valley()...)
	imported(t, c, "2020-06-30", valley()[:8]...) // without 西村
	for name, tc := range map[string]struct {
		code string
		want codes.Code
	}{
		"that is current":    {"433124101201", codes.OK},
		"that is unknown":    {"433124109209", codes.FailedPrecondition},
		"that was retired":   {"433124102202", codes.FailedPrecondition},
		"that is a township": {"433124101000", codes.InvalidArgument},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := c.villages.CreateVillage(provinceAdmin(t), &villagev1.CreateVillageRequest{Village: &villagev1.Village{Code: tc.code}})
			if tc.want != codes.OK {
				refused(t, err, tc.want, "village.code")
				return
			}
			if err != nil || v.GetDisplayName() != "同名村" || v.GetName() != "villages/"+tc.code {
				t.Errorf("CreateVillage = %v, %v, want it under the division's name", v, err)
			}
		})
	}
}

func TestAScopeGrowsAndIsReadByEverybody(t *testing.T) {
	c := start(t, servertest.Database(t))
	takenUp(t, c)
	member := func(village string) *villagev1.ScopeMember {
		return &villagev1.ScopeMember{Village: village, ValidFrom: on(2019, 5, 1)}
	}
	create := &villagev1.CreateScopeRequest{ScopeId: "example", Scope: &villagev1.Scope{
		DisplayName: "示例范围", Members: []*villagev1.ScopeMember{member(east), member("villages/433124109209")},
	}}
	_, err := c.scopes.CreateScope(provinceAdmin(t), create)
	refused(t, err, codes.FailedPrecondition, "scope.members[1].village")
	create.Scope.Members = create.Scope.Members[:1]
	made, err := c.scopes.CreateScope(provinceAdmin(t), create)
	if err != nil {
		t.Fatalf("CreateScope: %v", err)
	}
	update := &villagev1.UpdateScopeRequest{UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"members"}}, Scope: &villagev1.Scope{
		Name: made.GetName(), Etag: made.GetEtag(), Members: append(slices.Clone(create.Scope.Members), member(west)),
	}}
	grown, err := c.scopes.UpdateScope(provinceAdmin(t), update)
	if err != nil || len(grown.GetMembers()) != 2 {
		t.Fatalf("UpdateScope = %v, %v, want 2 members", grown, err)
	}
	_, err = c.scopes.UpdateScope(provinceAdmin(t), update)
	refused(t, err, codes.Aborted, "") // the etag is outdated
	update.Scope.Etag, update.Scope.Members = "", update.Scope.GetMembers()[1:]
	_, err = c.scopes.UpdateScope(provinceAdmin(t), update)
	refused(t, err, codes.FailedPrecondition, "scope.members")
	read, err := c.scopes.GetScope(t.Context(), &villagev1.GetScopeRequest{Name: made.GetName()})
	if diff := cmp.Diff(grown, read, protocmp.Transform()); err != nil || diff != "" {
		t.Errorf("GetScope without a token: %v (-want +got):\n%s", err, diff)
	}
	elsewhere := as(t, "neighbour", accessv1.Grant_PROVINCE_ADMIN, "52")
	create.ScopeId = "theirs"
	_, err = c.scopes.CreateScope(elsewhere, create)
	refused(t, err, codes.FailedPrecondition, "scope.members[0].village")
}
