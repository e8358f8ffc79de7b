package access

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
)

// maxGrants bounds the grants of one token, so that a set of them fits the bits of one word and a call's cost is bounded.
const maxGrants = 64

// GrantClaim is a grant as a token's `grants` claim carries it. The names of its fields and of the roles are part of the
// contract with the issuers of tokens.
type GrantClaim struct {
	// Role is the name of the role as the proto has it: COUNTY_CLERK.
	Role string `json:"role"`
	// Area is the division code prefix: 43, 4331, 433124, 433124001 or a village's 12 digits. Absent: everywhere, which
	// clerks and village teams never are.
	Area string `json:"area,omitempty"`
	// Organization is the USCC of the organization whose staff this is. Absent: not bound to one.
	Organization string `json:"organization,omitempty"`
}

// ClaimsOf renders grants for a token and refuses what a verifier would refuse, so that whoever mints one learns it first.
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

// grant reads one claim. A grant that is not understood to the letter refuses the whole token: a role or a limit that was
// dropped in silence would let the caller do less or more than the issuer meant.
func (c GrantClaim) grant() (*accessv1.Grant, error) {
	role := accessv1.Grant_Role(accessv1.Grant_Role_value[c.Role])
	switch {
	case role == accessv1.Grant_ROLE_UNSPECIFIED:
		return nil, fmt.Errorf("unknown role %q", c.Role)
	case role == accessv1.Grant_PUBLIC:
		return nil, errors.New("PUBLIC is everybody's and is not granted")
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

// OfAPlace says that a role is that of some place by its name. Its grant without an area is an area left out: taken as
// everywhere, it would make a county's clerk one of the whole province.
func OfAPlace(role accessv1.Grant_Role) bool {
	switch role {
	case accessv1.Grant_PREFECTURE_CLERK, accessv1.Grant_COUNTY_CLERK, accessv1.Grant_VILLAGE_TEAM:
		return true
	}
	return false
}

// parseGrants reads the `grants` claim. Absent means none; a field that is not known is refused, since a misspelt limit
// would otherwise be no limit.
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
