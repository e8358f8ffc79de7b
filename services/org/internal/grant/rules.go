package grant

import (
	"google.golang.org/genproto/googleapis/type/date"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/services/org/internal/rank"
)

// Validate checks the rules that every grant satisfies, besides the constraints of its fields.
func Validate(g *orgv1.Grant) error {
	if from, to := g.GetValidFrom(), g.GetValidTo(); from != nil && to != nil && day.Number(to) <= day.Number(from) {
		return fault.Invalid("valid_to", "DAYS_REVERSED", "must be after valid_from")
	}
	return rank.Check(g)
}

// Give decides whether the caller may give an account the role. organization is that of the role, nil if it is not in the
// register.
func Give(by access.Principal, g *orgv1.Grant, to *orgv1.Account, organization *orgv1.Organization) error {
	if err := Validate(g); err != nil {
		return err
	}
	switch {
	case by.Account() == to.GetName():
		return fault.Denied("SELF_GRANT", "no person gives a role to himself or herself; ask another one who may give it")
	case to.GetState() != orgv1.Account_ACTIVE:
		return fault.Precondition(to.GetName(), "ACCOUNT_NOT_ACTIVE", "%s is not active", to.GetName())
	case g.GetOrganization() != "" && organization == nil:
		return fault.Precondition(g.GetOrganization(), "ORGANIZATION_UNKNOWN", "%s is not in the register", g.GetOrganization()).At("organization")
	}
	if err := rank.MayGive(by, g, access.AreaOf(organization.GetDivision())); err != nil {
		return err
	}
	if rank.PowerOf(g.GetRole()) != to.GetPower() {
		return fault.Precondition(to.GetName(), "POWER_DIFFERS",
			"the account has the power %s, to which this role does not belong; give the role to another account", to.GetPower()).At("role")
	}
	return nil
}

// InForce returns the roles that grants give on a day, as tokens have them.
func InForce(grants []*orgv1.Grant, on *date.Date) []*accessv1.Grant {
	var out []*accessv1.Grant
	for _, g := range grants {
		from, to := g.GetValidFrom(), g.GetValidTo()
		if g.GetState() != orgv1.Grant_ACTIVE || from != nil && day.Number(on) < day.Number(from) || to != nil && day.Number(on) >= day.Number(to) {
			continue
		}
		out = append(out, &accessv1.Grant{
			Role: g.GetRole(), Area: g.GetArea(), Organization: access.OrganizationOf(g.GetOrganization()),
		})
	}
	return out
}
