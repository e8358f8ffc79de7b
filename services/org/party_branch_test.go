package org_test

import (
	"testing"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/servertest"
)

// branched returns a branch of the association, created by its manager, and the service that stores it.
func branched(t *testing.T) (orgv1.PartyBranchServiceClient, *orgv1.PartyBranch) {
	t.Helper()
	conn := serve(t, servertest.Database(t))
	register(t, orgv1.NewOrganizationServiceClient(conn), organization(association, orgv1.Organization_SOCIAL_GROUP))
	branches := orgv1.NewPartyBranchServiceClient(conn)
	made, err := branches.CreatePartyBranch(manager(t, association), &orgv1.CreatePartyBranchRequest{
		Parent: "organizations/" + association,
		PartyBranch: &orgv1.PartyBranch{
			DisplayName: "示例党支部", MemberCount: 7, Secretary: &orgv1.Contact{Person: "示例书记"},
			FoundingDate: &date.Date{Year: 2018, Month: 7, Day: 1},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return branches, made
}

func TestADissolvedPartyBranchStaysAsItWas(t *testing.T) {
	branches, branch := branched(t)
	dissolve := &orgv1.DissolvePartyBranchRequest{Name: branch.GetName()}
	_, err := branches.DissolvePartyBranch(manager(t, association), dissolve)
	refused(t, err, codes.InvalidArgument, "reason")
	dissolve.Reason = "合并"
	gone, err := branches.DissolvePartyBranch(manager(t, association), dissolve)
	if err != nil || gone.GetState() != orgv1.PartyBranch_DISSOLVED || gone.GetDissolveReason() != "合并" {
		t.Fatalf("dissolve = %v, %v", gone, err)
	}
	_, err = branches.UpdatePartyBranch(manager(t, association), &orgv1.UpdatePartyBranchRequest{
		PartyBranch: &orgv1.PartyBranch{Name: branch.GetName(), MemberCount: 8}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"member_count"}},
	})
	refused(t, err, codes.FailedPrecondition, "")
}

func TestAPartyBranchIsReadWhereItsOrganizationIs(t *testing.T) {
	branches, branch := branched(t)
	for who, c := range map[string]struct {
		grant    *accessv1.Grant
		readable bool
	}{
		"the manager":                         {servertest.Grant(accessv1.Grant_ORGANIZATION_MANAGER, "", association), true},
		"the manager of another organization": {servertest.Grant(accessv1.Grant_ORGANIZATION_MANAGER, "", foundation), false},
		"the province, which registered it":   {servertest.Grant(accessv1.Grant_LEADER, "43"), true},
		"a county, which did not register it": {servertest.Grant(accessv1.Grant_COUNTY_CLERK, "433124"), false},
	} {
		ctx := servertest.As(t.Context(), "reader", c.grant)
		_, err := branches.GetPartyBranch(ctx, &orgv1.GetPartyBranchRequest{Name: branch.GetName()})
		page, listErr := branches.ListPartyBranches(ctx, &orgv1.ListPartyBranchesRequest{Parent: "organizations/-"})
		if (err == nil) != c.readable || listErr != nil || (len(page.GetPartyBranches()) == 1) != c.readable {
			t.Errorf("%s: get = %v, list = %v, %v; want it readable: %t", who, err, page, listErr, c.readable)
		}
	}
}

func TestTheSecretaryIsErasedForGood(t *testing.T) {
	branches, branch := branched(t)
	if branch.GetSecretary().GetPerson() == "" {
		t.Error("the manager does not see the secretary")
	}
	if _, err := branches.ErasePartyBranchSecretary(manager(t, association), &orgv1.ErasePartyBranchSecretaryRequest{Name: branch.GetName()}); err != nil {
		t.Fatal(err)
	}
	got, err := branches.GetPartyBranch(manager(t, association), &orgv1.GetPartyBranchRequest{Name: branch.GetName()})
	if err != nil || got.GetSecretary() != nil || got.GetMemberCount() != 7 {
		t.Errorf("after the erasure = %v, %v", got, err)
	}
}
