package account

import (
	"context"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/resource"
)

// Guard looks up the grants of accounts for the rule of [MayManage].
type Guard struct{ kit *resource.Kit }

// NewGuard returns a guard. The rooms of grants and organizations must be open when it is used.
func NewGuard(k *resource.Kit) Guard { return Guard{k} }

// Check returns nil if the caller may manage an account.
func (g Guard) Check(ctx context.Context, account string) error {
	store, err := resource.Opened[*orgv1.Grant](g.kit)
	if err != nil {
		return err
	}
	register, err := resource.Opened[*orgv1.Organization](g.kit)
	if err != nil {
		return err
	}
	grants, err := store.Where(ctx, g.kit.DB.Reader(), "parent", account)
	if err != nil {
		return err
	}
	var managed []string
	for _, one := range grants {
		if one.GetOrganization() != "" {
			managed = append(managed, one.GetOrganization())
		}
	}
	organizations, err := register.Peek(ctx, managed...)
	if err != nil {
		return err
	}
	homes := map[string]string{}
	for name, o := range organizations {
		homes[name] = access.AreaOf(o.GetDivision())
	}
	return MayManage(access.From(ctx), account, grants, homes)
}
