package division

import (
	"strings"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"
)

const codeLength = 12

// prefixLength is how many digits of the code tell divisions of a level apart; the rest are zeros.
func prefixLength(l villagev1.DivisionLevel) int { return [...]int{0, 2, 4, 6, 9, codeLength}[l] }

// LevelOf tells the level of a 12-digit code: that of its last group of digits which is not zero.
func LevelOf(code string) villagev1.DivisionLevel {
	level := villagev1.DivisionLevel_PROVINCE
	for level < villagev1.DivisionLevel_VILLAGE && strings.Trim(code[prefixLength(level):], "0") != "" {
		level++
	}
	return level
}

// NameOf is the resource name of the division with a code.
func NameOf(code string) string { return "divisions/" + code }

// parentOf is the name of the division above, "" for a province. A group of zeros in the middle is passed over: townships
// of a prefecture without counties lie directly under the prefecture.
func parentOf(code string) string {
	level := LevelOf(code)
	if level == villagev1.DivisionLevel_PROVINCE {
		return ""
	}
	return NameOf(pad(code[:prefixLength(level-1)]))
}

func pad(prefix string) string { return prefix + strings.Repeat("0", codeLength-len(prefix)) }

// provinceOf is the prefix that the codes of one province share.
func provinceOf(code string) string { return code[:prefixLength(villagev1.DivisionLevel_PROVINCE)] }
