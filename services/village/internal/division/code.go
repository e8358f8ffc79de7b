package division

import (
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/place"
)

// LevelOf returns the level of a 12-digit code. The proto and package place number the levels alike.
func LevelOf(code string) villagev1.Division_Level {
	return villagev1.Division_Level(place.LevelOf(code)) //nolint:gosec // there are five
}

// NameOf returns the resource name of the division with this code.
func NameOf(code string) string { return "divisions/" + code }

// parentOf returns the resource name of the parent division, or "" for a province.
func parentOf(code string) string {
	above := place.Parent(code)
	if above == "" {
		return ""
	}
	return NameOf(place.Pad(above))
}

// provinceOf returns the prefix that all codes of one province share.
func provinceOf(code string) string { return code[:place.Province.Width()] }
