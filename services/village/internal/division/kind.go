package division

import (
	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/resource"
)

// kind declares the division. All callers can read the tree; imports are limited to the caller's area, by the code.
func kind() resource.Kind[*villagev1.Division] {
	type d = *villagev1.Division
	return resource.Kind[d]{
		Table:     "divisions",
		OpenReads: true,
		ID:        d.GetCode,
		Columns: []resource.Column[d]{
			resource.Text("code", d.GetCode).Area(),
			resource.Text("display_name", d.GetDisplayName),
			resource.Enum("level", d.GetLevel),
			resource.Text("parent", d.GetParent),
			resource.Text("kind", d.GetKind),
			resource.Text("edition", d.GetEdition).Matching(resourcev1.E_CalendarDay),
			resource.Boolean("retired", retired),
		},
	}
}

func retired(d *villagev1.Division) bool { return d.GetValidTo() != nil }
