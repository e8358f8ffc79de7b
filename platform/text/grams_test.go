package text_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wancun/wancun/platform/text"
)

func TestGramsArePairsWithoutCaseWidthAndPunctuation(t *testing.T) {
	for typed, want := range map[string]string{
		"光明慈善":           " 光明 明慈 慈善 ",
		"光明（慈善）":         " 光明 明慈 慈善 ",
		"Red Cross":      " re ed dc cr ro os ss ",
		"ＲＥＤ１":           " re ed d1 ",
		"光":              " 光 ",
		"":               " ",
		"——":             " ",
		"𠀀𠀁":             " 𠀀𠀁 ",
		"é":              " é ",
		"e\u0301e\u0301": " éé ",
	} {
		if got := text.Grams(typed); got != want {
			t.Errorf("Grams(%q) = %q, want %q", typed, got, want)
		}
	}
}

func TestATextContainsAnotherExactlyWhenItsGramsDo(t *testing.T) {
	letters := []rune("光明ab1") // few, so that parts are often found
	some := func(n int) string {
		runes := make([]rune, n)
		for i := range runes {
			runes[i] = letters[rand.IntN(len(letters))]
		}
		return string(runes)
	}
	found := 0
	for range 20_000 {
		whole, part := some(1+rand.IntN(10)), some(2+rand.IntN(2))
		want := strings.Contains(whole, part)
		if got := strings.Contains(text.Grams(whole), text.Grams(part)); got != want {
			t.Fatalf("grams of %q in those of %q: %v, want %v", part, whole, got, want)
		}
		if want {
			found++
		}
	}
	if found == 0 {
		t.Error("no part was found in any text")
	}
}
