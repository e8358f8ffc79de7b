package access

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
)

// maxGrants is the greatest number of grants in a token. A set of them fits into the bits of one word, and the cost of
// a call is bounded.
const maxGrants = 64

// GrantClaim is a grant in a token's `grants` claim. The names of its fields and of the roles are part of the contract
// with the issuers of tokens.
type GrantClaim struct {
	// Role is the name of the role in the proto: COUNTY_CLERK.
	Role string `json:"role"`
	// Area is the division code prefix: 43, 4331, 433124, 433124001 or a village's 12 digits. Empty means no limit,
	// which is refused for clerks and village teams.
	Area string `json:"area,omitempty"`
	// Organization is the USCC of the organization to whose staff the caller belongs. Empty means not bound to an
	// organization.
	Organization string `json:"organization,omitempty"`
}

// ClaimsOf converts grants for a token. It refuses what a verifier would refuse, so that the issuer of a token receives
// the error.
func ClaimsOf(grants []*accessv1.Grant) ([]GrantClaim, error) {
	if len(grants) > maxGrants {
		return nil, fmt.Errorf("%d grants are more than %d", len(grants), maxGrants)
	}
	claims := make([]GrantClaim, len(grants))
	for i, g := range grants {
		claims[i] = GrantClaim{Role: g.GetRole().String(), Area: g.GetArea(), Organization: g.GetOrganization()}
		if _, err := claims[i].grant(); err != nil {
			return nil, fmt.Errorf("grants[%d]: %w", i, err)
		}
	}
	return claims, nil
}

// grant converts one claim. A claim with an unknown role or an invalid limit refuses the whole token. If it were
// ignored, the caller could do less or more than the issuer intended.
func (c GrantClaim) grant() (*accessv1.Grant, error) {
	role := accessv1.Grant_Role(accessv1.Grant_Role_value[c.Role])
	switch {
	case role == accessv1.Grant_ROLE_UNSPECIFIED:
		return nil, fmt.Errorf("unknown role %q", c.Role)
	case role == accessv1.Grant_PUBLIC:
		return nil, errors.New("PUBLIC is everybody's and is not granted")
	case role == accessv1.Grant_ACCOUNT_OWNER:
		return nil, errors.New("ACCOUNT_OWNER follows from the call and is not granted")
	case c.Area != "" && AreaOf(c.Area) != c.Area:
		return nil, fmt.Errorf("area %q is not a division code without padding", c.Area)
	case c.Organization != "" && !isUSCC(c.Organization):
		return nil, fmt.Errorf("organization %q is not a unified social credit code", c.Organization)
	case c.Area == "" && OfAPlace(role):
		return nil, fmt.Errorf("%s needs an area", role)
	case c.Organization == "" && role == accessv1.Grant_ORGANIZATION_MANAGER:
		return nil, fmt.Errorf("%s needs an organization", role)
	}
	return &accessv1.Grant{Role: role, Area: c.Area, Organization: c.Organization}, nil
}

// OfAPlace reports whether a role belongs to a place by its name. A grant of such a role without an area is refused: it
// would turn the clerk of a county into a clerk of the whole province.
func OfAPlace(role accessv1.Grant_Role) bool {
	switch role {
	case accessv1.Grant_PREFECTURE_CLERK, accessv1.Grant_COUNTY_CLERK, accessv1.Grant_VILLAGE_TEAM:
		return true
	}
	return false
}

// parseGrants reads the `grants` claim. An absent claim means no grants. An unknown field is refused, because a
// misspelt limit would otherwise be no limit.
func parseGrants(raw json.RawMessage) ([]*accessv1.Grant, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var claims []GrantClaim
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&claims); err != nil {
		return nil, fmt.Errorf("read the grants claim: %w", err)
	}
	if len(claims) > maxGrants {
		return nil, fmt.Errorf("%d grants are more than %d", len(claims), maxGrants)
	}
	grants := make([]*accessv1.Grant, len(claims))
	for i, c := range claims {
		g, err := c.grant()
		if err != nil {
			return nil, fmt.Errorf("grants[%d]: %w", i, err)
		}
		grants[i] = g
	}
	return grants, nil
}
