package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Form is the kind of a text, which decides what Normalize changes.
type Form int

const (
	// Line is text of one line, such as a name.
	Line Form = iota
	// Lines is text of any number of lines, such as a description.
	Lines
	// Opaque is not text but a token that is compared byte by byte.
	Opaque
	// UUID is an id of hexadecimal digits, written in either case and stored and compared in lower case.
	UUID
)

// Refusal is the reason why a text is refused, in the terms of a [fault.Violation].
type Refusal struct {
	// Reason is UPPER_SNAKE.
	Reason string
	// English and Chinese complete the sentence that begins with the field's name.
	English, Chinese string
}

// Error implements error.
func (r *Refusal) Error() string { return r.English }

// Reasons of refusals.
const (
	reasonInvisible  = "INVISIBLE_CHARACTER"
	reasonUnassigned = "UNASSIGNED_CHARACTER"
	reasonNothing    = "NOTHING_VISIBLE"
)

// mostMarks is how many combining characters may follow each other, as in Unicode's stream-safe text format.
const mostMarks = 30

// Normalize returns the text as it is stored and compared, or the reason why it is refused. Text of white space alone
// becomes empty.
func (f Form) Normalize(s string) (string, *Refusal) {
	if f.isNormal(s) {
		return s, nil
	}
	n := 0
	for _, r := range s {
		n++
		if c := classOf(r); c != permitted {
			return "", c.refusal(r, n)
		}
	}
	if f == Opaque {
		return s, nil
	}
	s = norm.NFC.String(s)
	if strings.ContainsRune(s, graphemeJoiner) { // NFC inserts it after mostMarks; the text itself has none
		return "", &Refusal{
			reasonInvisible, fmt.Sprintf("must not have more than %d combining characters in a row", mostMarks),
			fmt.Sprintf("组合字符不能连续超过 %d 个", mostMarks),
		}
	}
	if s = f.fold(s); s != "" && !strings.ContainsFunc(s, isVisible) {
		return "", &Refusal{reasonNothing, "must have something visible", "须有可见的文字"}
	}
	if f == UUID {
		s = strings.ToLower(s)
	}
	return s, nil
}

const graphemeJoiner = '\u034f'

// isNormal reports whether Normalize would leave a text unchanged, without decoding it. It recognizes ASCII and the
// characters of common Chinese text, and returns false for any other.
func (f Form) isNormal(s string) bool {
	if f == UUID {
		return isLowerASCII(s)
	}
	spaceBefore := f != Opaque
	for i := 0; i < len(s); {
		switch b := s[i]; {
		case b > ' ' && b < 0x7f:
			spaceBefore = false
			i++
		case b == ' ' || b == '\n' && f == Lines:
			if spaceBefore && f != Opaque {
				return false
			}
			spaceBefore = f != Opaque
			i++
		case commonAt(s, i):
			spaceBefore = false
			i += 3
		default:
			return false
		}
	}
	return !spaceBefore || s == ""
}

// isLowerASCII reports whether a text is ASCII without capitals, white space and control characters.
func isLowerASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 'A' && r <= 'Z' || r >= 0x7f })
}

// commonAt reports whether the three bytes from i are a character of common Chinese text, which is visible, assigned
// and not changed by NFC, alone or after any other.
func commonAt(s string, i int) bool {
	if i+3 > len(s) || s[i+1]&0xc0 != 0x80 || s[i+2]&0xc0 != 0x80 {
		return false
	}
	second, third := s[i+1], s[i+2]
	switch s[i] {
	case 0xe2: // U+2010 to U+2027: dashes, quotation marks, the ellipsis
		return second == 0x80 && third >= 0x90 && third <= 0xa7
	case 0xe3: // U+3001 to U+3029, brackets and marks, and ideographs from U+3400
		return second == 0x80 && third >= 0x81 && third <= 0xa9 || second >= 0x90
	case 0xef: // U+FF01 to U+FF5E: full-width ASCII
		return second == 0xbc && third >= 0x81 || second == 0xbd && third <= 0x9e
	}
	return s[i]-0xe4 <= 0xe9-0xe4 // U+4000 to U+9FFF: ideographs
}

// fold trims white space and replaces each run of it by one space or, in Lines, by one or two line breaks.
func (f Form) fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space, breaks := false, 0
	for i, r := range s {
		switch {
		case f == Lines && isBreak(r):
			if r != '\n' || i == 0 || s[i-1] != '\r' { // \r\n is one break
				breaks++
			}
		case unicode.Is(unicode.White_Space, r):
			space = true
		default:
			switch {
			case b.Len() == 0:
			case breaks > 0:
				b.WriteString("\n\n"[:min(breaks, 2)])
			case space:
				b.WriteByte(' ')
			}
			b.WriteRune(r)
			space, breaks = false, 0
		}
	}
	return b.String()
}

func isBreak(r rune) bool {
	switch r {
	case '\n', '\v', '\f', '\r', '\u0085', '\u2028', '\u2029':
		return true
	}
	return false
}

// quoted names a character for an error message.
func quoted(r rune) string {
	if r == utf8.RuneError {
		return "U+FFFD, which stands for text that was lost"
	}
	return fmt.Sprintf("%U", r)
}
