package village

import (
	"google.golang.org/protobuf/proto"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/services/village/internal/division"
)

// NameOf is the resource name of the village with a code.
func NameOf(code string) string { return "villages/" + code }

// Named is the village as it is taken up: under its own name or, if it states none, under that of its division, which
// may be nil.
func Named(v *villagev1.Village, d *villagev1.Division) *villagev1.Village {
	if v.GetDisplayName() != "" {
		return v
	}
	named := proto.CloneOf(v)
	named.DisplayName = d.GetDisplayName()
	return named
}

// TakeUp refuses a village whose division, nil if there is none, is not a village that stands.
func TakeUp(v *villagev1.Village, d *villagev1.Division) error {
	switch {
	case division.LevelOf(v.GetCode()) != villagev1.Division_VILLAGE:
		return fault.Invalid("code", "NOT_A_VILLAGE", "must be the code of a village, not of a %s", division.LevelOf(v.GetCode()))
	case d == nil:
		return fault.Precondition(division.NameOf(v.GetCode()), "DIVISION_UNKNOWN", "no imported edition holds this division").At("code")
	case d.GetValidTo() != nil:
		return fault.Precondition(d.GetName(), "DIVISION_RETIRED", "this division is retired").At("code")
	}
	return nil
}
