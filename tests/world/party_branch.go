package world

import orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

func partyBranchSample() Sample {
	return Sample{
		Service: "PartyBranchService",
		Create: &orgv1.CreatePartyBranchRequest{
			Parent: organizationSample().nameFor("GetOrganization"), PartyBranch: &orgv1.PartyBranch{DisplayName: "示例"},
			Acknowledge: []string{Duplicate},
		},
		Change: &orgv1.PartyBranch{DisplayName: "示例二"},
		Filter: `state = ACTIVE`, OrderBy: "display_name desc",
		ListParent: "organizations/-", BatchParent: "organizations/-",
	}
}
