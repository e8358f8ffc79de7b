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

// Width is how many digits the short codes of a level have; 0 for no level.
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

// Trim makes a code short: it removes the lower levels that are zero.
func Trim(code string) string {
	for l := Township; l >= Province; l-- {
		if w := l.Width(); len(code) > w && strings.Trim(code[w:], "0") == "" {
			code = code[:w]
		}
	}
	return code
}

// Pad makes a code full.
func Pad(code string) string { return code + strings.Repeat("0", max(0, Digits-len(code))) }

// LevelOf is the level of a short or full code: that of its last group of digits which is not zero.
func LevelOf(code string) Level {
	short := len(Trim(code))
	for l := Province; l < Village; l++ {
		if short <= l.Width() {
			return l
		}
	}
	return Village
}

// Parent is the short code of the place above, "" for a province. A group of zeros in the middle is passed over: the
// townships of a prefecture without counties lie directly under the prefecture.
func Parent(code string) string {
	l := LevelOf(code)
	if l == Province {
		return ""
	}
	return Trim(code[:(l - 1).Width()])
}

// Within reports whether a place is an area or lies in it. Both are codes; the area's is short.
func Within(code, area string) bool { return strings.HasPrefix(code, area) }
