package account

import (
	"context"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/resource"
)

var _ orgv1.AccountServiceServer = (*server)(nil)

type server struct {
	orgv1.UnsafeAccountServiceServer
	kit           *resource.Kit
	accounts      *resource.Store[*orgv1.Account]
	organizations *resource.Store[*orgv1.Organization]
}

// Room returns the room that stores accounts and serves AccountService. The room of organizations must be opened before.
func Room() resource.Room {
	return resource.RoomOf(kind(), func(_ context.Context, k *resource.Kit, accounts *resource.Store[*orgv1.Account]) error {
		organizations, err := resource.Opened[*orgv1.Organization](k)
		if err != nil {
			return err
		}
		orgv1.RegisterAccountServiceServer(k, &server{kit: k, accounts: accounts, organizations: organizations})
		return nil
	})
}

// CreateAccount creates an account that has a name.
func (s *server) CreateAccount(ctx context.Context, r *orgv1.CreateAccountRequest) (*orgv1.Account, error) {
	return s.accounts.Create(ctx, r, resource.Each(func(_ context.Context, a *orgv1.Account) error { return Named(a) }))
}

// GetAccount returns NOT_FOUND for accounts that the caller may not read.
func (s *server) GetAccount(ctx context.Context, r *orgv1.GetAccountRequest) (*orgv1.Account, error) {
	return s.accounts.Get(ctx, r)
}

// ListAccounts can filter and order by the columns of kind.
func (s *server) ListAccounts(ctx context.Context, r *orgv1.ListAccountsRequest) (*orgv1.ListAccountsResponse, error) {
	return resource.Page[*orgv1.ListAccountsResponse](ctx, s.accounts, r)
}

// UpdateAccount applies the rule of manageable.
func (s *server) UpdateAccount(ctx context.Context, r *orgv1.UpdateAccountRequest) (*orgv1.Account, error) {
	return s.accounts.Update(ctx, r, func(_, updated *orgv1.Account) error { return s.manageable(ctx, updated) })
}

// DeactivateAccount applies the rule of manageable.
func (s *server) DeactivateAccount(ctx context.Context, r *orgv1.DeactivateAccountRequest) (*orgv1.Account, error) {
	return s.accounts.Mutate(ctx, r, func(a *orgv1.Account) error { return s.manageable(ctx, a) })
}

// ActivateAccount applies the rule of manageable.
func (s *server) ActivateAccount(ctx context.Context, r *orgv1.ActivateAccountRequest) (*orgv1.Account, error) {
	return s.accounts.Mutate(ctx, r, func(a *orgv1.Account) error { return s.manageable(ctx, a) })
}

// EraseAccountPerson erases all personal fields of an account. It applies the rule of manageable.
func (s *server) EraseAccountPerson(ctx context.Context, r *orgv1.EraseAccountPersonRequest) (*orgv1.Account, error) {
	return s.accounts.Mutate(ctx, r, func(a *orgv1.Account) error {
		a.DisplayName, a.Telephone = "", ""
		return s.manageable(ctx, a)
	})
}

// manageable looks up the grants of an account for the rule of MayManage.
func (s *server) manageable(ctx context.Context, a *orgv1.Account) error {
	store, err := resource.Opened[*orgv1.Grant](s.kit) // at the call, because grants are opened after accounts
	if err != nil {
		return err
	}
	grants, err := store.Where(ctx, s.kit.DB.Reader(), "parent", a.GetName())
	if err != nil {
		return err
	}
	var managed []string
	for _, g := range grants {
		if g.GetOrganization() != "" {
			managed = append(managed, g.GetOrganization())
		}
	}
	organizations, err := s.organizations.Peek(ctx, managed...)
	if err != nil {
		return err
	}
	homes := map[string]string{}
	for name, o := range organizations {
		homes[name] = access.AreaOf(o.GetDivision())
	}
	return MayManage(access.From(ctx), a.GetName(), grants, homes)
}
