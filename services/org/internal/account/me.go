package account

import (
	"context"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	_ "github.com/wancun/wancun/proto/gen/wancun/action/v1" // GetMe lists its methods
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	_ "github.com/wancun/wancun/proto/gen/wancun/report/v1" // GetMe lists its methods

	"github.com/wancun/wancun/platform/access"
)

// GetMe also answers callers without a token and without an account.
func (s *server) GetMe(ctx context.Context, _ *orgv1.GetMeRequest) (*orgv1.Me, error) {
	by := access.From(ctx)
	me := &orgv1.Me{Name: "me", Account: by.Account(), Session: by.Session, Subject: by.Subject, Methods: access.Callable("wancun", by)}
	for _, g := range by.Grants {
		if g.GetRole() != accessv1.Grant_PUBLIC {
			own := proto.CloneOf(g)
			own.Territory = nil
			me.Grants = append(me.Grants, own)
		}
	}
	if !by.Expires.IsZero() {
		me.ExpireTime = timestamppb.New(by.Expires)
	}
	if me.GetAccount() == "" {
		return me, nil
	}
	found, err := s.accounts.Peek(ctx, me.GetAccount())
	if err != nil {
		return nil, err
	}
	if own := found[me.GetAccount()]; own != nil { // the caller's own, so that it may read the personal fields
		me.DisplayName, me.SignInName, me.Language = own.GetDisplayName(), own.GetSignInName(), own.GetLanguage()
	}
	return me, nil
}
