package scope

import (
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/resource"
)

// kind declares the scope: a public resource that may span the country.
func kind() resource.Kind[*villagev1.Scope] {
	type s = *villagev1.Scope
	return resource.Kind[s]{
		Table:     "scopes",
		Belongs:   resource.Nationwide(),
		OpenReads: true,
		Columns:   []resource.Column[s]{resource.Text("display_name", s.GetDisplayName)},
		Validate:  Validate,
	}
}
