package grant

import (
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/resource"
)

// kind declares the grant. Reads and writes are limited to the accounts that a caller manages.
func kind() resource.Kind[*orgv1.Grant] {
	type m = *orgv1.Grant
	return resource.Kind[m]{
		Table:   "grants",
		Belongs: resource.WithinOf[*orgv1.Account](),
		Columns: []resource.Column[m]{
			resource.Enum("role", m.GetRole),
			resource.Text("area", m.GetArea),
			resource.Text("organization", m.GetOrganization),
			resource.Date("valid_from", m.GetValidFrom),
			resource.Date("valid_to", m.GetValidTo),
			resource.Enum("state", m.GetState),
		},
		Validate: Validate,
	}
}
