package access_test

import (
	"testing"

	"github.com/wancun/wancun/platform/access"
)

const (
	uscc      = "51430000MJ0212345X"
	otherUSCC = "52433100MJ09876541"
)

func TestAreaOfFindsThePlaceInANameOrACode(t *testing.T) {
	for name, want := range map[string]string{
		"villages/433124001201":             "433124001201",
		"villages/433124001201/needs/x":     "433124001201",
		"433124001201":                      "433124001201",
		"divisions/433124001000":            "433124001",
		"divisions/433124000000":            "433124",
		"433100000000":                      "4331",
		"divisions/430000000000":            "43",
		"433124":                            "433124",
		"433124010200":                      "433124010200", // zeros at the end of a village's digits are kept
		"43":                                "43",
		"":                                  "",
		"villages/-":                        "",
		"villages/-/needs/433124001201":     "", // only the place of the village in the name counts
		"needs/433124001201":                "",
		"villages/x/divisions/433124001201": "",
		"campaigns/433124001201/villages/430000000000": "43",
		"4331240012011": "",
		"43312400120x":  "",
		"４３３１２４００１２０１":  "",
		"033124001201":  "",
		"villages":      "",
		"/433124001201": "",
	} {
		if got := access.AreaOf(name); got != want {
			t.Errorf("AreaOf(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestOrganizationOfFindsTheCodeInANameOrACode(t *testing.T) {
	for name, want := range map[string]string{
		"organizations/" + uscc:                 uscc,
		"organizations/" + uscc + "/branches/x": uscc,
		uscc:                                    uscc,
		" 51430000mj0212345x ":                  uscc,
		"５１430000ＭＪ0212345Ｘ":                    uscc,
		"organizations/51430000mj0212345x":      "", // only the canonical form is accepted in a name
		"branches/" + uscc:                      "",
		"":                                      "",
		"organizations/-":                       "",
		"51430000MJ0212345O":                    "",
		"51430000MJ0212345":                     "",
	} {
		if got := access.OrganizationOf(name); got != want {
			t.Errorf("OrganizationOf(%q) = %q, want %q", name, got, want)
		}
	}
}
