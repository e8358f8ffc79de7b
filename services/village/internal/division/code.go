package division

import (
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/place"
)

// LevelOf tells the level of a 12-digit code. The proto numbers the levels as package place does.
func LevelOf(code string) villagev1.Division_Level {
	return villagev1.Division_Level(place.LevelOf(code)) //nolint:gosec // there are five
}

// NameOf is the resource name of the division with a code.
func NameOf(code string) string { return "divisions/" + code }

// parentOf is the name of the division above, "" for a province.
func parentOf(code string) string {
	above := place.Parent(code)
	if above == "" {
		return ""
	}
	return NameOf(place.Pad(above))
}

// provinceOf is the prefix that the codes of one province share.
func provinceOf(code string) string { return code[:place.Province.Width()] }
