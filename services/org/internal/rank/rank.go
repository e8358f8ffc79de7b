package rank

import (
	"slices"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
)

// Role is a role that an account has or receives.
type Role interface {
	GetRole() accessv1.Grant_Role
	// GetArea is a division code prefix, or empty for everywhere.
	GetArea() string
	// GetOrganization is the name of an organization, or empty.
	GetOrganization() string
}

// PowerOf returns the power that a role belongs to.
func PowerOf(role accessv1.Grant_Role) orgv1.Account_Power {
	switch role { //nolint:exhaustive // every other role is for work with the data
	case accessv1.Grant_ACCOUNT_ADMIN:
		return orgv1.Account_GRANTING
	case accessv1.Grant_AUDITOR:
		return orgv1.Account_AUDIT
	default:
		return orgv1.Account_OPERATION
	}
}

// Check checks that a role has the area and the organization that it needs. The fields of its violations are relative
// to the role.
func Check(r Role) error {
	var wrong fault.Collector
	if access.OfAPlace(r.GetRole()) && r.GetArea() == "" {
		wrong.Add("area", "AREA_NEEDED", "must be set for this role")
	}
	switch manages := r.GetRole() == accessv1.Grant_ORGANIZATION_MANAGER; {
	case manages && r.GetOrganization() == "":
		wrong.Add("organization", "ORGANIZATION_NEEDED", "must be set for this role")
	case !manages && r.GetOrganization() != "":
		wrong.Add("organization", "ORGANIZATION_NOT_NEEDED", "must be empty for this role")
	}
	return wrong.Err()
}

// MayGive returns nil if one of the caller's grants may give the role. home is the area of the body that registered the
// role's organization. Otherwise the error names the field that is beyond what the caller may give.
func MayGive(by access.Principal, r Role, home string) error {
	beyond := "role"
	givers := access.GiversOf(r.GetRole())
	for _, g := range by.Grants {
		if !slices.Contains(givers, g.GetRole()) {
			continue
		}
		if beyond = beyondGrant(g, r, home); beyond == "" {
			return nil
		}
	}
	if beyond == "role" {
		return fault.Denied("ROLE_BEYOND_RANK", "a caller with your roles may not give this role").At("role")
	}
	return fault.Denied("ROLE_BEYOND_PLACE", "you may give this role only in your own area and for your own organization").At(beyond)
}

// beyondGrant returns the field of the role that the grant does not cover, "" if it covers all. The managers of an
// organization work in every area, so that an authority gives the role by the area in which the organization is
// registered.
func beyondGrant(g *accessv1.Grant, r Role, home string) string {
	manages := r.GetRole() == accessv1.Grant_ORGANIZATION_MANAGER
	own := g.GetOrganization() != ""
	switch {
	case own && access.OrganizationOf(r.GetOrganization()) != g.GetOrganization():
		return "organization"
	case manages && !own && !access.CoversArea(g, home):
		return "organization"
	case (!manages || own || r.GetArea() != "") && !access.CoversArea(g, r.GetArea()):
		return "area"
	}
	return ""
}
