package text

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// class is how the rule treats a character.
type class int

const (
	permitted class = iota
	invisible
	unassigned
)

func (c class) refusal(r rune, at int) *Refusal {
	if c == invisible {
		return &Refusal{
			reasonInvisible, fmt.Sprintf("must not have invisible characters; character %d is %s", at, quoted(r)),
			fmt.Sprintf("不能含有不可见字符：第 %d 个字符是 %U", at, r),
		}
	}
	return &Refusal{
		reasonUnassigned, fmt.Sprintf("must not have characters without a meaning; character %d is %s", at, quoted(r)),
		fmt.Sprintf("不能含有没有意义的字符：第 %d 个字符是 %U", at, r),
	}
}

func classOf(r rune) class {
	switch {
	case unicode.Is(unicode.White_Space, r):
		return permitted
	case isDefaultIgnorable(r), unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r):
		return invisible
	case r == utf8.RuneError:
		return unassigned
	case unicode.IsGraphic(r), unicode.Is(unicode.Cf, r), isIdeographic(r):
		return permitted
	}
	return unassigned // or private, or a noncharacter
}

// isDefaultIgnorable is Unicode's derived property Default_Ignorable_Code_Point (DerivedCoreProperties.txt), of which
// Go's tables have only parts.
func isDefaultIgnorable(r rune) bool {
	switch {
	case unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r), unicode.Is(unicode.Variation_Selector, r):
		return true
	case !unicode.Is(unicode.Cf, r), unicode.Is(unicode.White_Space, r), unicode.Is(unicode.Prepended_Concatenation_Mark, r):
		return false
	}
	annotation := r >= 0xfff9 && r <= 0xfffb
	hieroglyphFormat := r >= 0x13430 && r <= 0x1343f
	return !annotation && !hieroglyphFormat
}

// isIdeographic reports whether a code point, assigned or not, is in the planes that hold only ideographs.
func isIdeographic(r rune) bool { return r >= 0x20000 && r <= 0x3ffff && r&0xffff < 0xfffe }

// isVisible reports whether a character shows something by itself.
func isVisible(r rune) bool {
	switch r {
	case '\u2800', '\ufffc': // the Braille pattern without dots; the object replacement character
		return false
	}
	return !unicode.Is(unicode.M, r) && !unicode.Is(unicode.White_Space, r) && classOf(r) == permitted
}
