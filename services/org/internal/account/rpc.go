package account

import (
	"context"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/resource"
)

var _ orgv1.AccountServiceServer = (*server)(nil)

type server struct {
	orgv1.UnsafeAccountServiceServer
	accounts *resource.Store[*orgv1.Account]
	guard    Guard
}

// Room returns the room that stores accounts and serves AccountService. It uses the rooms of
// organizations and of grants.
func Room() resource.Room {
	return resource.RoomOf(kind(), func(_ context.Context, k *resource.Kit, accounts *resource.Store[*orgv1.Account]) error {
		orgv1.RegisterAccountServiceServer(k, &server{accounts: accounts, guard: NewGuard(k)})
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

// UpdateAccount applies the rule of MayManage.
func (s *server) UpdateAccount(ctx context.Context, r *orgv1.UpdateAccountRequest) (*orgv1.Account, error) {
	return s.accounts.Update(ctx, r, func(_, updated *orgv1.Account) error { return s.guard.Check(ctx, updated.GetName()) })
}

// DeactivateAccount applies the rule of MayManage.
func (s *server) DeactivateAccount(ctx context.Context, r *orgv1.DeactivateAccountRequest) (*orgv1.Account, error) {
	return s.accounts.Mutate(ctx, r, func(a *orgv1.Account) error { return s.guard.Check(ctx, a.GetName()) })
}

// ActivateAccount applies the rule of MayManage.
func (s *server) ActivateAccount(ctx context.Context, r *orgv1.ActivateAccountRequest) (*orgv1.Account, error) {
	return s.accounts.Mutate(ctx, r, func(a *orgv1.Account) error { return s.guard.Check(ctx, a.GetName()) })
}

// EraseAccountPerson erases all personal fields of an account. It applies the rule of MayManage.
func (s *server) EraseAccountPerson(ctx context.Context, r *orgv1.EraseAccountPersonRequest) (*orgv1.Account, error) {
	return s.accounts.Mutate(ctx, r, func(a *orgv1.Account) error {
		a.DisplayName, a.Telephone = "", ""
		return s.guard.Check(ctx, a.GetName())
	})
}
