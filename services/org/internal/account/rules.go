package account

import (
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/services/org/internal/rank"
)

// Named refuses a new account without a name. A stored one may lack it after the erasure.
func Named(a *orgv1.Account) error {
	if a.GetDisplayName() == "" {
		return fault.Invalid("display_name", "NAME_NEEDED", "must not be empty")
	}
	return nil
}

// MayManage returns nil if the caller may give each of the roles that an account has, or if it is the caller's own.
// homes are the areas of the bodies that registered the organizations of the roles, by the organization's name.
func MayManage(by access.Principal, account string, grants []*orgv1.Grant, homes map[string]string) error {
	if by.Account() == account {
		return nil
	}
	for _, g := range grants {
		if g.GetState() == orgv1.Grant_ACTIVE && rank.MayGive(by, g, homes[g.GetOrganization()]) != nil {
			return fault.Denied("ACCOUNT_BEYOND_RANK", "the account has the role %s, which you may not give", g.GetRole())
		}
	}
	return nil
}
