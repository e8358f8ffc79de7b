package village

import (
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/services/village/internal/division"
)

// NameAs gives a village without a display name the display name of its division. d may be nil.
func NameAs(v *villagev1.Village, d *villagev1.Division) {
	if v.GetDisplayName() == "" {
		v.DisplayName = d.GetDisplayName()
	}
}

// TakeUp refuses a village whose division is unknown (nil), retired or not of village level.
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
