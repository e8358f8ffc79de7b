package place

import "strings"

// Digits is the length of a full code.
const Digits = 12

// Level is how deep a place is in the tree of divisions. The zero Level is no level.
type Level int

// The levels, from the top down.
const (
	Province Level = iota + 1
	Prefecture
	County
	Township
	Village
)

// Width returns how many digits the short codes of a level have; 0 for the zero Level.
func (l Level) Width() int { return [...]int{0, 2, 4, 6, 9, Digits}[l] }

// IsCode reports whether text has the form of a short or a full code: as many digits as one of the levels has.
func IsCode(text string) bool {
	switch len(text) {
	case 2, 4, 6, 9, Digits:
	default:
		return false
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text[0] != '0'
}

// Trim returns the short form of a code, without the lower levels that are zero.
func Trim(code string) string {
	for l := Township; l >= Province; l-- {
		if w := l.Width(); len(code) > w && strings.Trim(code[w:], "0") == "" {
			code = code[:w]
		}
	}
	return code
}

// Pad returns the full form of a code.
func Pad(code string) string { return code + strings.Repeat("0", max(0, Digits-len(code))) }

// LevelOf returns the level of a short or full code: that of its last group of digits that is not zero.
func LevelOf(code string) Level {
	short := len(Trim(code))
	for l := Province; l < Village; l++ {
		if short <= l.Width() {
			return l
		}
	}
	return Village
}

// Parent returns the short code of the place above, or "" for a province. It skips a group of zeros in the middle: the
// townships of a prefecture without counties lie directly under the prefecture.
func Parent(code string) string {
	l := LevelOf(code)
	if l == Province {
		return ""
	}
	return Trim(code[:(l - 1).Width()])
}

// Within reports whether a place is an area or lies in it. Both are codes; that of the area is short.
func Within(code, area string) bool { return strings.HasPrefix(code, area) }
