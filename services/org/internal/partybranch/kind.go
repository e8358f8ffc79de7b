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
		},
		Validate: Validate,
	}
}
