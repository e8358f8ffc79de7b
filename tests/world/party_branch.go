package world

import orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

func partyBranchSample() Sample {
	branch := &orgv1.PartyBranch{
		DisplayName: "示例", MemberCount: 7, Secretary: &orgv1.Contact{Person: "示例书记", Phone: "000 0000 0000"}, FoundingDate: Day(7, 1),
	}
	return Sample{
		Service: "PartyBranchService",
		Create: &orgv1.CreatePartyBranchRequest{
			Parent: organizationSample().nameFor("GetOrganization"), PartyBranch: branch,
			Acknowledge: []string{Duplicate, "IMPLAUSIBLE_MEMBER_COUNT"},
		},
		Change: branch,
		Filter: `state = ACTIVE`, OrderBy: "founding_date desc",
		ListParent: "organizations/-", BatchParent: "organizations/-",
	}
}
