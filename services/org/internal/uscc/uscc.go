package uscc

import (
	"strings"

	"golang.org/x/text/width"

	"github.com/wancun/wancun/platform/fault"
)

// Length is the number of characters of a code.
const Length = 18

const (
	civilAffairs = '5' // the registration department of every social organization
	subjectStart = 8   // index of the first character of the subject code
	subjectCheck = 16  // index of the check character of the subject code
	divisionFrom = 2   // index of the first of six digits; the subject code follows them
)

// alphabet contains the characters of a code. The value of a character in the check of the whole code is its index.
const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// Reasons of violations, in the order in which a code is checked.
const (
	BadLength       = "USCC_LENGTH"
	BadCharacter    = "USCC_CHARACTER"
	BadCategory     = "USCC_CATEGORY"
	BadSubjectCheck = "USCC_SUBJECT_CHECK"
	BadCheck        = "USCC_CHECK"
)

// Normalize converts typed or pasted text to the form of the standard: it narrows full-width characters, trims
// surrounding space and converts letters to upper case. It repairs nothing else.
func Normalize(s string) string {
	return strings.ToUpper(strings.TrimSpace(width.Narrow.String(s)))
}

// CheckForm reports a wrong length, character or category of a normalized code. No registration ever issued such a
// code. It returns nil for a code that has at most wrong check characters.
func CheckForm(code string) *fault.Violation {
	runes := []rune(code)
	if len(runes) != Length {
		return defect(BadLength, "must have %d characters, not %d", Length, len(runes))
	}
	for i, r := range runes {
		if !strings.ContainsRune(alphabet, r) {
			return defect(BadCharacter, "must not contain %q (position %d)", r, i+1)
		}
		if i >= divisionFrom && i < subjectStart && (r < '0' || r > '9') {
			return defect(BadCharacter, "must have a digit at position %d, not %q", i+1, r)
		}
	}
	if code[0] != civilAffairs || code[1] < '1' || code[1] > '3' {
		return defect(BadCategory, "must begin with 51, 52 or 53 for a social organization, not %s", code[:2])
	}
	return nil
}

// Check reports the first error of a normalized code, or nil if there is none.
func Check(code string) *fault.Violation {
	if d := CheckForm(code); d != nil {
		return d
	}
	if want := subjectCharacter(code[subjectStart:subjectCheck]); code[subjectCheck] != want {
		return defect(BadSubjectCheck, "has %q at position %d, where its subject code asks for %q", code[subjectCheck], subjectCheck+1, want)
	}
	if want := checkCharacter(code[:Length-1]); code[Length-1] != want {
		return defect(BadCheck, "ends in %q, where its other characters ask for %q", code[Length-1], want)
	}
	return nil
}

// Category returns the category digit of a code that passed CheckForm: '1' is a social group, '2' a service agency, '3'
// a foundation.
func Category(code string) byte { return code[1] }

// Division returns the six digits of the division of the registering body, of a code that passed CheckForm. They never
// change after the registration; the division may have another code today.
func Division(code string) string { return code[divisionFrom:subjectStart] }

// checkCharacter computes the last character of a code from the 17 before it, with the weights 3^i mod 31.
func checkCharacter(body string) byte {
	sum, weight := 0, 1
	for i := range len(body) {
		sum += weight * strings.IndexByte(alphabet, body[i])
		weight = weight * 3 % len(alphabet)
	}
	return alphabet[(len(alphabet)-sum%len(alphabet))%len(alphabet)]
}

// subjectCharacter computes the check character of the eight characters of a subject code. Here the letters A to Z have
// the values 10 to 35, unlike in the check of the whole code, and a check value of ten is written as X.
func subjectCharacter(body string) byte {
	sum := 0
	for i, weight := range [...]int{3, 7, 9, 10, 5, 8, 4, 2} {
		value := int(body[i] - '0')
		if body[i] >= 'A' {
			value = int(body[i]-'A') + 10
		}
		sum += weight * value
	}
	return "0123456789X"[(11-sum%11)%11]
}

func defect(reason, format string, args ...any) *fault.Violation {
	v := fault.Violated("uscc", reason, format, args...)
	return &v
}
