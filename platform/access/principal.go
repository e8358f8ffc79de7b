package access

import (
	"context"
	"slices"
	"time"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
)

// Principal is the originating caller. All steps of a call and later calls with the same token share it, so it must not
// be changed.
type Principal struct {
	// Subject is the token's subject, a pseudonymous id; empty for a caller without a token.
	Subject string
	// Grants are the grants of the token. While a call is handled, they are the grants that its policy admitted: those
	// of the token first, then PUBLIC if the method is public.
	Grants []*accessv1.Grant
	// Token is the token as received, for calls to peers on behalf of this caller. It must not be logged.
	Token string
	// Expires is when the token expires, zero without a token. A stream ends at this time.
	Expires time.Time
	// Session is the name of the session for which the token was issued, AccessToken that of the access token. Both are
	// empty for a token that cannot be revoked.
	Session, AccessToken string
	// Issued is when a token that can be revoked was issued, to the microsecond. It is zero for other tokens.
	Issued time.Time
}

// Has reports whether one of the grants has one of the roles.
func (p Principal) Has(roles ...accessv1.Grant_Role) bool {
	return slices.ContainsFunc(p.Grants, func(g *accessv1.Grant) bool { return slices.Contains(roles, g.GetRole()) })
}

// Covers reports whether a single grant covers both the area (a name or code, see [AreaOf]) and the organization (see
// [OrganizationOf]). An empty argument is covered by every grant. An argument without a valid code is covered only by
// grants without a limit.
func (p Principal) Covers(area, organization string) bool {
	place, org := AreaOf(area), OrganizationOf(organization)
	return slices.ContainsFunc(p.Grants, func(g *accessv1.Grant) bool {
		return (area == "" || CoversArea(g, place)) && (organization == "" || coversOrganization(g, org))
	})
}

// Actor returns the caller for the journal, with the role and organization of the first grant.
func (p Principal) Actor() *journalv1.Actor {
	a := &journalv1.Actor{Subject: p.Subject}
	if len(p.Grants) > 0 {
		a.Role, a.Organization = p.Grants[0].GetRole(), p.Grants[0].GetOrganization()
	}
	return a
}

func coversOrganization(g *accessv1.Grant, uscc string) bool {
	return g.GetOrganization() == "" || uscc != "" && uscc == g.GetOrganization()
}

// call is a context with the caller and the method. It needs one allocation, where two calls of WithValue need four.
type call struct {
	context.Context
	principal Principal
	method    string
}

type callKey struct{}

// Value returns the call itself for its own key, so that derived contexts find it.
func (c *call) Value(key any) any {
	if key == (callKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// From returns the caller on whose behalf ctx is handled, the zero Principal outside a call.
func From(ctx context.Context) Principal {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c.principal
	}
	return Principal{}
}

// With returns ctx as the context of a call by p. Package client sends p's token to peers. Tests call handlers with it.
func With(ctx context.Context, p Principal) context.Context { return handling(ctx, p, Method(ctx)) }

func handling(ctx context.Context, p Principal, method string) context.Context {
	return &call{Context: ctx, principal: p, method: method}
}

// Method returns the full gRPC name of the method being handled, such as `/wancun.village.v1.NeedService/VerifyNeed`.
// It is empty outside a call, by which package client recognises an originating call.
func Method(ctx context.Context) string {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c.method
	}
	return ""
}
