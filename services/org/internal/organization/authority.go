package organization

import (
	"strings"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/services/org/internal/peers"
	"github.com/wancun/wancun/services/org/internal/uscc"
)

// countryCode takes the place of the division in the code of a national organization (GB 32100-2015).
const countryCode = "100000"

// checkAuthority compares the three fields that identify the registering body: digits 3 to 8 of the code, the level and
// the division. Level and division must always agree. The code may differ if a registrar gave a reason, because its
// digits never change after the registration.
func checkAuthority(o *orgv1.Organization, wrong *fault.Collector) {
	division := strings.TrimSuffix(strings.TrimPrefix(o.GetDivision(), "divisions/"), "000000")
	switch level := levelOf(division); level {
	case o.GetLevel():
	case orgv1.Organization_LEVEL_UNSPECIFIED:
		wrong.Add("division", "DIVISION_TOO_SMALL", "must be a county or a larger division, since smaller ones register no organizations")
		return
	default:
		wrong.Add("level", "LEVEL_DISAGREES_WITH_DIVISION", "must be %s, the level of %s", level, o.GetDivision())
		return
	}
	coded := uscc.Division(o.GetUscc())
	switch overridden := o.GetAuthorityOverrideReason() != ""; {
	case coded == division && overridden:
		wrong.Add("authority_override_reason", "OVERRIDE_NOT_NEEDED", "must be empty, since the code names the same division")
	case coded != division && !overridden:
		wrong.Add("division", "DIVISION_DISAGREES_WITH_USCC", "must be divisions/%s000000, which digits 3 to 8 of the code name", coded)
	}
}

// levelOf returns the level of a registering body by the six digits of its division, or LEVEL_UNSPECIFIED for a
// division below the county, which registers no organizations.
func levelOf(division string) orgv1.Organization_Level {
	switch {
	case division == countryCode:
		return orgv1.Organization_NATIONAL
	case len(division) != len(countryCode):
		return orgv1.Organization_LEVEL_UNSPECIFIED
	case strings.HasSuffix(division, "0000"):
		return orgv1.Organization_PROVINCIAL
	case strings.HasSuffix(division, "00"):
		return orgv1.Organization_PREFECTURE
	}
	return orgv1.Organization_COUNTY
}

// registrants returns the divisions to look up for an organization: its own, or none for the country, which is not part
// of any edition.
func registrants(o *orgv1.Organization) []string {
	if o.GetDivision() == "divisions/"+countryCode+"000000" {
		return nil
	}
	return []string{o.GetDivision()}
}

// Place refuses an organization whose division is retired or in no edition. found holds the standings of its
// registrants.
func Place(o *orgv1.Organization, found map[string]peers.Standing) error {
	for _, division := range registrants(o) {
		switch found[division] {
		case peers.Current:
		case peers.Retired:
			return fault.Precondition(division, "DIVISION_RETIRED", "this division is retired").At("division")
		case peers.Unknown:
			return fault.Precondition(division, "DIVISION_UNKNOWN", "no imported edition holds this division").At("division")
		}
	}
	return nil
}

// checkOverrides refuses an override reason that the caller may not give. It does not check an unchanged reason again.
// old is nil for a new organization.
func checkOverrides(old, o *orgv1.Organization, by access.Principal) error {
	if given := o.GetUsccOverrideReason(); given != "" && given != old.GetUsccOverrideReason() && !isRegistrar(by) {
		return fault.Denied("OVERRIDE_BY_REGISTRAR_ONLY",
			"only a registrar may accept a code whose check characters do not fit").At("uscc_override_reason")
	}
	given := o.GetAuthorityOverrideReason()
	if given != "" && given != old.GetAuthorityOverrideReason() && !by.Has(registrarsOf(o.GetLevel())...) {
		return fault.Denied("OVERRIDE_BY_REGISTRAR_ONLY",
			"only a registrar of the level %s or above may accept a level and division that differ from the code",
			o.GetLevel()).At("authority_override_reason")
	}
	return nil
}

// registrarsOf returns the roles that may register organizations of a level.
func registrarsOf(l orgv1.Organization_Level) []accessv1.Grant_Role {
	roles := []accessv1.Grant_Role{accessv1.Grant_PROVINCE_ADMIN}
	switch l {
	case orgv1.Organization_COUNTY:
		return append(roles, accessv1.Grant_PREFECTURE_CLERK, accessv1.Grant_COUNTY_CLERK)
	case orgv1.Organization_PREFECTURE:
		return append(roles, accessv1.Grant_PREFECTURE_CLERK)
	case orgv1.Organization_NATIONAL, orgv1.Organization_PROVINCIAL, orgv1.Organization_LEVEL_UNSPECIFIED:
	}
	return roles
}
