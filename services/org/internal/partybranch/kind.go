package partybranch

import (
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/resource"
)

// kind declares the party branch. Reads and writes are limited to the organizations that a caller may write.
func kind() resource.Kind[*orgv1.PartyBranch] {
	type m = *orgv1.PartyBranch
	return resource.Kind[m]{
		Table:   "party_branches",
		Belongs: resource.WithinOf[*orgv1.Organization](),
		Columns: []resource.Column[m]{
			resource.Text("display_name", m.GetDisplayName),
			resource.Integer("member_count", m.GetMemberCount),
			resource.Date("founding_date", m.GetFoundingDate),
			resource.Enum("state", m.GetState),
		},
		Validate: Validate,
		Likeness: &resource.Likeness[m]{
			Of: alike, English: "organization and display name", Chinese: "社会组织和名称",
		},
	}
}

// alike returns the values that two records of the same party branch would share. nil for one that ended excludes it.
func alike(m *orgv1.PartyBranch) []string {
	if m.GetState() == orgv1.PartyBranch_DISSOLVED {
		return nil
	}
	return []string{resource.Parent(m.GetName()), m.GetDisplayName()}
}
