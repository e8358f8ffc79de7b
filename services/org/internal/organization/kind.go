package organization

import (
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/services/org/internal/uscc"
)

// kind declares the organization. Every signed-in caller can read the whole register. Writes are limited to the
// caller's area, by the division of the registering body, and to the caller's organization.
func kind() resource.Kind[*orgv1.Organization] {
	type o = *orgv1.Organization
	return resource.Kind[o]{
		Table:     "organizations",
		OpenReads: true,
		Columns: []resource.Column[o]{
			resource.Text("uscc", o.GetUscc).Organization().Matching(resourcev1.E_Uscc).Normalized(uscc.Normalize),
			resource.Text("display_name", o.GetDisplayName).Searched(),
			resource.Enum("type", o.GetType),
			resource.Enum("level", o.GetLevel),
			resource.Text("division", o.GetDivision),
			resource.Text("area", func(m o) string { return access.AreaOf(m.GetDivision()) }).Area(),
			resource.Enum("state", o.GetState),
		},
		ID:        o.GetUscc,
		Normalize: func(m o) { m.Uscc = uscc.Normalize(m.GetUscc()) },
		Validate:  Validate,
	}
}
