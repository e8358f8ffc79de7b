package succession

import (
	"go.einride.tech/aip/resourcename"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/resource"
)

// kind declares the succession. All callers can read it; writes are limited to the caller's area, by the predecessor.
func kind() resource.Kind[*villagev1.Succession] {
	type s = *villagev1.Succession
	return resource.Kind[s]{
		Table:     "successions",
		OpenReads: true,
		ID:        code,
		Columns: []resource.Column[s]{
			resource.Text("area", func(m s) string { return access.AreaOf(m.GetPredecessor()) }).Area(),
			resource.Text("predecessor", s.GetPredecessor),
			resource.Text("successor", s.GetSuccessor),
			resource.Enum("kind", s.GetKind),
			resource.Date("effective_date", s.GetEffectiveDate),
			resource.Boolean("withdrawn", s.GetWithdrawn),
		},
		Validate: Validate,
	}
}

// code returns the id of a succession: the code of its predecessor.
func code(s *villagev1.Succession) string {
	var code string
	if err := resourcename.Sscan(s.GetPredecessor(), "divisions/{division}", &code); err != nil {
		return "" // unreachable: the constraints of the proto refuse any other name
	}
	return code
}
