package server

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTextIsFitUnlessItHoldsAControlOrDirectionCharacter(t *testing.T) {
	for text, want := range map[string]bool{
		"":                   true,
		"邵阳市 Shaoyang":       true,
		"two\r\n\tlines":     true,
		"“quoted” · naïve é": true,
		"NUL \x00":           false,
		"DEL \x7f":           false,
		"NEL \u0085":         false,
		"turned \u202e":      false,
		"isolated \u2067":    false,
	} {
		if got := fitText(text); got != want {
			t.Errorf("fitText(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestNoUnfitCharacterIsPassedOver(t *testing.T) {
	for r := range rune(utf8.MaxRune + 1) {
		if text := "村" + string(r) + "村"; fitText(text) == strings.ContainsFunc(text, isUnfit) {
			t.Errorf("fitText(%q) = %v", text, fitText(text))
		}
	}
}
