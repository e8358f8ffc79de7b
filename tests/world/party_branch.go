package world

import orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

func partyBranchSample() Sample {
	parent := organizationSample().nameFor("GetOrganization")
	create := func(id string) *orgv1.CreatePartyBranchRequest {
		return &orgv1.CreatePartyBranchRequest{
			Parent: parent, PartyBranchId: id, PartyBranch: &orgv1.PartyBranch{DisplayName: "示例"},
		}
	}
	there := ID("party branch")
	return Sample{
		Service: "PartyBranchService",
		Create:  create(""),
		There:   create(there),
		Name:    fixed(parent + "/partyBranches/" + there),
		Change:  &orgv1.PartyBranch{DisplayName: "示例二"},
		Filter:  `display_name = "示例"`, OrderBy: "display_name desc",
		ListParent: "organizations/-", BatchParent: "organizations/-",
	}
}
