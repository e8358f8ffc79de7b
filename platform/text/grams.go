package text

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Grams returns the index entry of a text: every pair of adjacent characters, in order, with a space before and after
// each. Case, width, punctuation and spaces make no difference. The entry of a single character is that character.
//
// Apart from those differences, a text contains another if and only if its grams contain the other's grams, provided
// that the other has at least two characters. Trigrams would need three, and in Chinese two characters are a word.
func Grams(text string) string {
	runes := folded(text)
	var b strings.Builder
	b.Grow(8 * len(runes))
	b.WriteByte(' ')
	for i := range runes {
		if i == len(runes)-1 && i > 0 {
			break
		}
		b.WriteString(string(runes[i:min(i+2, len(runes))]))
		b.WriteByte(' ')
	}
	return b.String()
}

// folded returns the letters and digits of a text, without differences of case and width.
func folded(text string) []rune {
	var runes []rune
	for _, r := range strings.ToLower(norm.NFKC.String(text)) {
		if unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) {
			runes = append(runes, r)
		}
	}
	return runes
}
