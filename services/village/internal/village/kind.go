package village

import (
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/resource"
)

// kind declares the village. Reads and writes are limited to the caller's area, by the code.
func kind() resource.Kind[*villagev1.Village] {
	type v = *villagev1.Village
	return resource.Kind[v]{
		Table: "villages",
		ID:    v.GetCode,
		Columns: []resource.Column[v]{
			resource.Text("code", v.GetCode).Area(),
			resource.Text("display_name", v.GetDisplayName),
			resource.Boolean("deeply_poor", v.GetDeeplyPoor),
			resource.Boolean("example", v.GetExample),
		},
	}
}
