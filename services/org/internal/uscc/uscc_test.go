package uscc

import (
	"strings"
	"testing"
)

// Published codes of real organizations, and made-up codes that no known organization has.
var good = []string{
	"53100000500009167K", "53100000500021676K", "53100000500019795A", "51100000500009247D",
	"51430000MJJ509249B", "51430221MJJ777403L", "52430321341533243U",
	"51430000MJJ0000129", "52430000MJJ0000201", "53430000MJJ000039T", "51433124MJJ000047Y", "52431224MJJ0000553",
}

func TestCodesInUsePassBothChecks(t *testing.T) {
	for _, code := range good {
		if d := Check(code); d != nil {
			t.Errorf("Check(%s) = %v, want no defect", code, d)
		}
	}
}

func TestAWrongCodeSaysWhatIsWrongWithIt(t *testing.T) {
	for _, tc := range []struct {
		name, code, reason, says string
	}{
		{"empty", "", BadLength, "must have 18 characters, not 0"},
		{"one short", "51430000MJJ509249", BadLength, "not 17"},
		{"one long", "51430000MJJ509249B0", BadLength, "not 19"},
		{"length counts characters", "51430000MJJ50924湘", BadLength, "not 17"},
		{"letter the alphabet lacks", "51430000MJO509249B", BadCharacter, "'O' (position 11)"},
		{"not a letter", "51430000MJJ509249湘", BadCharacter, "'湘' (position 18)"},
		{"space inside", "51430000 MJJ50924B", BadCharacter, "' ' (position 9)"},
		{"letter in the division", "514300A0MJJ509249B", BadCharacter, "a digit at position 7, not 'A'"},
		{"another department", "91430000MJJ509249B", BadCategory, "not 91"},
		{"another category", "59430000MJJ509249B", BadCategory, "not 59"},
		{"subject code, wrong in a public fixture", "51100000500000024G", BadSubjectCheck, "has '4' at position 17"},
		{"check character, wrong in a public fixture", "53100000500020462H", BadCheck, "ask for 'K'"},
		{"check character", "51430000MJJ509249C", BadCheck, "ends in 'C', where its other characters ask for 'B'"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := Check(tc.code)
			if d == nil || d.Reason != tc.reason || !strings.Contains(d.Description, tc.says) || d.Chinese == "" {
				t.Errorf("Check(%q) = %+v, want %s saying %q, in Chinese too", tc.code, d, tc.reason, tc.says)
			}
		})
	}
}

func TestEverySingleSubstitutionIsCaught(t *testing.T) {
	const code = "51430000MJJ509249B"
	tried := 0
	for i := range code {
		for _, c := range alphabet {
			if byte(c) == code[i] {
				continue
			}
			tried++
			if wrong := code[:i] + string(c) + code[i+1:]; Check(wrong) == nil {
				t.Errorf("Check(%s) passes, with %c for %c at position %d", wrong, c, code[i], i+1)
			}
		}
	}
	if tried != 540 {
		t.Errorf("tried %d substitutions, want 540", tried)
	}
}

func TestEverySwapOfUnlikeNeighboursIsCaught(t *testing.T) {
	for _, code := range good {
		for i := range len(code) - 1 {
			if code[i] == code[i+1] {
				continue
			}
			if wrong := code[:i] + string(code[i+1]) + string(code[i]) + code[i+2:]; Check(wrong) == nil {
				t.Errorf("Check(%s) passes, with positions %d and %d of %s swapped", wrong, i+1, i+2, code)
			}
		}
	}
}

func TestTheFormHoldsWhereTheCheckCharactersDoNot(t *testing.T) {
	const legal = "53100000500020462H"
	if d := CheckForm(legal); d != nil {
		t.Errorf("CheckForm(%s) = %v, want no defect", legal, d)
	}
	if got := Category(legal); got != '3' {
		t.Errorf("Category(%s) = %c, want 3", legal, got)
	}
}

func TestWhatPeopleTypeIsNormalized(t *testing.T) {
	const want = "51430000MJJ509249B"
	for name, typed := range map[string]string{
		"as it is":               "51430000MJJ509249B",
		"lower case":             "51430000mjj509249b",
		"surrounding space":      " \t51430000MJJ509249B\n",
		"ideographic space":      "\u300051430000MJJ509249B\u3000",
		"full-width digits":      "５１４３００００MJJ５０９２４９B",
		"full-width letters too": "５１４３００００ｍｊｊ５０９２４９ｂ",
	} {
		t.Run(name, func(t *testing.T) {
			if got := Normalize(typed); got != want {
				t.Errorf("Normalize(%q) = %q, want %q", typed, got, want)
			}
		})
	}
}

func FuzzNoInputBreaksTheCheck(f *testing.F) {
	f.Add("51430000MJJ509249B")
	f.Add("湘湘湘湘湘湘")
	f.Fuzz(func(t *testing.T, s string) {
		n := Normalize(s)
		if d := Check(n); d == nil && len(n) != Length {
			t.Errorf("Check(%q) passes with %d bytes", n, len(n))
		}
	})
}
