package place_test

import (
	"testing"

	"github.com/wancun/wancun/platform/place"
)

func TestACodeTellsLevelAndParent(t *testing.T) {
	for _, tc := range []struct {
		code, short, parent string
		level               place.Level
	}{
		{"430000000000", "43", "", place.Province},
		{"433100000000", "4331", "43", place.Prefecture},
		{"433124000000", "433124", "4331", place.County},
		{"433124001000", "433124001", "433124", place.Township},
		{"433124001201", "433124001201", "433124001", place.Village},
		{"433124100200", "433124100200", "433124100", place.Village},
		{"431000000000", "4310", "43", place.Prefecture},
		{"441900003000", "441900003", "4419", place.Township}, // a prefecture without counties
	} {
		t.Run(tc.code, func(t *testing.T) {
			if got := place.Trim(tc.code); got != tc.short {
				t.Errorf("Trim = %s, want %s", got, tc.short)
			}
			if got := place.Pad(tc.short); got != tc.code {
				t.Errorf("Pad = %s, want %s", got, tc.code)
			}
			for _, code := range []string{tc.code, tc.short} {
				if l, p := place.LevelOf(code), place.Parent(code); l != tc.level || p != tc.parent {
					t.Errorf("%s: level %d in %q, want %d in %q", code, l, p, tc.level, tc.parent)
				}
			}
		})
	}
}
