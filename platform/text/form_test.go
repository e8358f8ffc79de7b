package text_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/wancun/wancun/platform/text"
)

func TestTextIsNormalised(t *testing.T) {
	for name, c := range map[string]struct {
		form        text.Form
		given, want string
	}{
		"an accent by itself":         {text.Line, "Cafe\u0301", "Café"},
		"an ideographic space":        {text.Line, "湖南省\u3000肢残人\u3000\u3000协会", "湖南省 肢残人 协会"},
		"no-break spaces at the ends": {text.Line, "\u00a0湖南省肢残人协会\u202f", "湖南省肢残人协会"},
		"white space alone":           {text.Line, "\u00a0\u3000\t ", ""},
		"a line break in a name":      {text.Line, "湖南省\r\n肢残人协会", "湖南省 肢残人协会"},
		"two spaces":                  {text.Line, "a  b", "a b"},
		"lines":                       {text.Lines, " one \r\ntwo\u2028three\r\r\n\n\n  four\u3000five \n\n", "one\ntwo\nthree\n\nfour five"},
		"a compatibility ideograph":   {text.Line, "\uf900", "豈"},
		"full width, as it is":        {text.Line, "ＡＢ（１）", "ＡＢ（１）"},
		"an id in capitals":           {text.UUID, " 0195F0E0-7C00-7ABC-8000-00000000000F", "0195f0e0-7c00-7abc-8000-00000000000f"},
		"a token, as it is":           {text.Opaque, "  e\u0301 =\u3000", "  e\u0301 =\u3000"},
		"quotation marks":             {text.Line, "“六类”——…·", "“六类”——…·"},
		"an ideograph newer than Go":  {text.Line, "\U0002ebf0", "\U0002ebf0"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, refused := c.form.Normalize(c.given); refused != nil || got != c.want {
				t.Errorf("Normalize(%q) = %q, %v; want %q", c.given, got, refused, c.want)
			}
		})
	}
}

func TestTextThatHidesSomethingIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ given, reason, names string }{
		"a zero-width space alone":   {"\u200b", "INVISIBLE_CHARACTER", "character 1 is U+200B"},
		"a zero-width joiner":        {"湖南省\u200d肢残人协会", "INVISIBLE_CHARACTER", "character 4 is U+200D"},
		"a byte order mark":          {"\ufeff湖南", "INVISIBLE_CHARACTER", "U+FEFF"},
		"a soft hyphen":              {"co\u00adop", "INVISIBLE_CHARACTER", "U+00AD"},
		"a variation selector":       {"葛\U000e0100城", "INVISIBLE_CHARACTER", "U+E0100"},
		"text that turns":            {"a\u202eb", "INVISIBLE_CHARACTER", "U+202E"},
		"a Hangul filler":            {"\u3164", "INVISIBLE_CHARACTER", "U+3164"},
		"a NUL":                      {"a\x00b", "INVISIBLE_CHARACTER", "U+0000"},
		"a control character":        {"a\x7f", "INVISIBLE_CHARACTER", "U+007F"},
		"a tag":                      {"a\U000e0041", "INVISIBLE_CHARACTER", "U+E0041"},
		"a private character":        {"\ue000", "UNASSIGNED_CHARACTER", "U+E000"},
		"an unassigned one":          {"a\u0378", "UNASSIGNED_CHARACTER", "U+0378"},
		"a noncharacter":             {"a\uffff", "UNASSIGNED_CHARACTER", "U+FFFF"},
		"a noncharacter of plane 2":  {"a\U0002ffff", "UNASSIGNED_CHARACTER", "U+2FFFF"},
		"the sign for lost text":     {"a\ufffd", "UNASSIGNED_CHARACTER", "U+FFFD"},
		"bytes that are no UTF-8":    {"a\xff", "UNASSIGNED_CHARACTER", "U+FFFD"},
		"an accent alone":            {"\u0301", "NOTHING_VISIBLE", "must have something visible"},
		"a Braille pattern of blank": {"\u2800 \u2800", "NOTHING_VISIBLE", "must have something visible"},
		"forty accents on a letter":  {"e" + strings.Repeat("\u0316", 40), "INVISIBLE_CHARACTER", "more than 30 combining"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, form := range []text.Form{text.Line, text.Lines, text.Opaque} {
				_, refused := form.Normalize(c.given)
				if form == text.Opaque && (c.reason == "NOTHING_VISIBLE" || strings.Contains(c.names, "combining")) {
					continue // not text
				}
				if refused == nil || refused.Reason != c.reason || !strings.Contains(refused.English, c.names) || refused.Chinese == "" {
					t.Errorf("form %d: refused with %+v, want %s of %q", form, refused, c.reason, c.names)
				}
			}
		})
	}
}

// ignorable are the ranges of code points with the property Default_Ignorable_Code_Point, as in
// DerivedCoreProperties.txt of Unicode 15.
var ignorable = [][2]rune{
	{0x00ad, 0x00ad}, {0x034f, 0x034f}, {0x061c, 0x061c}, {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f},
	{0x202a, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfff8},
	{0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
}

func TestTheIgnorableCodePointsAreThoseOfTheStandard(t *testing.T) {
	want := map[rune]bool{}
	for _, r := range ignorable {
		for c := r[0]; c <= r[1]; c++ {
			want[c] = true
		}
	}
	for r := range rune(utf8.MaxRune + 1) {
		if got := text.IsDefaultIgnorable(r); got != want[r] {
			t.Errorf("%U is default ignorable: %v, want %v", r, got, want[r])
		}
	}
}

// TestEveryCodePoint also checks the fast path: what it accepts must be normal.
func TestEveryCodePoint(t *testing.T) {
	for r := range rune(utf8.MaxRune + 1) {
		if !utf8.ValidRune(r) {
			continue
		}
		for _, given := range []string{string(r), "村" + string(r) + "村", "a" + string(r), "か" + string(r)} {
			got, refused := text.Line.Normalize(given)
			again, refusedAgain := text.Line.Normalize(got)
			switch {
			case refused != nil:
			case again != got || refusedAgain != nil:
				t.Errorf("Normalize(%q) = %q, and of that %q, %v", given, got, again, refusedAgain)
			case !norm.NFC.IsNormalString(got), strings.ContainsFunc(got, hidden):
				t.Errorf("Normalize(%q) = %q", given, got)
			}
		}
	}
}

// hidden repeats the rule in another way: r is no letter, mark, number, punctuation, symbol or simple space.
func hidden(r rune) bool {
	return r != ' ' && !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Prepended_Concatenation_Mark, newer) ||
		text.IsDefaultIgnorable(r)
}

// newer are the planes of ideographs without their noncharacters.
var newer = &unicode.RangeTable{R32: []unicode.Range32{{Lo: 0x20000, Hi: 0x2fffd, Stride: 1}, {Lo: 0x30000, Hi: 0x3fffd, Stride: 1}}}

// odd are pieces from which texts are built: they fold, compose, hide, break lines or do none of these.
var odd = []string{
	" ", "  ", "\t", "\n", "\r\n", "\r", "\u0085", "\u00a0", "\u3000", "\u2003", "\u2028", "\u2029", "a", "e", "\u0301", "\u0327", "é", "Å", "\u212b", "Ω", "\u2126",
	"\u1100", "\u1161", "\u11a8", "각", "か", "\u3099", "が", "村", "\U0002f804", "\uf900", "“", "（", "１", "\u0344", "\u0958", "\u200b", "\ufeff", "\U0001f33e", "ﬁ", "①",
}

// TestPropertiesOfTheRule builds random texts from pieces that interact. A failure names its seed.
func TestPropertiesOfTheRule(t *testing.T) {
	accepted := 0
	for seed := range uint64(20_000) {
		random := rand.New(rand.NewPCG(seed, 1))
		var b strings.Builder
		for range 1 + random.IntN(12) {
			b.WriteString(odd[random.IntN(len(odd))])
		}
		given := b.String()
		for _, form := range []text.Form{text.Line, text.Lines} {
			got, refused := form.Normalize(given)
			apart, refusedApart := form.Normalize(norm.NFD.String(given))
			if (refused == nil) != (refusedApart == nil) || got != apart {
				t.Errorf("seed %d: Normalize(%q) = %q, %v, but decomposed it is %q, %v", seed, given, got, refused, apart, refusedApart)
			}
			if refused != nil {
				continue
			}
			accepted++
			if again, _ := form.Normalize(got); again != got {
				t.Errorf("seed %d: Normalize(%q) = %q, and of that %q", seed, given, got, again)
			}
			wrong := func(r rune) bool { return hidden(r) && (form != text.Lines || r != '\n') }
			if !norm.NFC.IsNormalString(got) || strings.ContainsFunc(got, wrong) || got != "" && strings.TrimSpace(got) == "" ||
				strings.TrimSpace(got) != got || strings.Contains(got, "  ") || strings.Contains(got, "\n\n\n") {
				t.Errorf("seed %d: Normalize(%q) = %q", seed, given, got)
			}
			if form == text.Lines {
				one, _ := text.Line.Normalize(given)
				if flat, _ := text.Line.Normalize(got); flat != one {
					t.Errorf("seed %d: the lines of %q are %q, in one line %q instead of %q", seed, given, got, flat, one)
				}
			}
		}
	}
	if accepted < 1000 {
		t.Errorf("only %d texts were accepted", accepted)
	}
}
