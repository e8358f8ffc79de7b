package access

import (
	"context"
	"slices"
	"time"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
)

// Principal is the originating caller. It is shared by all that a call does and by later calls with the same token, so
// nothing in it may be changed.
type Principal struct {
	// Subject is the token's subject, a pseudonymous id; empty for a caller without a token.
	Subject string
	// Grants are what the token grants; while a call is handled, only those of them that its policy admitted, and
	// first those the token named, then PUBLIC where the method is open to everybody.
	Grants []*accessv1.Grant
	// Token is the token as it came, for calls to peers on this caller's behalf. Never log it.
	Token string
	// Expires is when the token ends, zero if there is none. A stream ends with it.
	Expires time.Time
}

// Has reports whether one of the grants has one of the roles.
func (p Principal) Has(roles ...accessv1.Grant_Role) bool {
	return slices.ContainsFunc(p.Grants, func(g *accessv1.Grant) bool { return slices.Contains(roles, g.GetRole()) })
}

// Covers reports whether one single grant covers both the area (a name or code, as for [AreaOf]) and the organization (as
// for [OrganizationOf]). An empty argument says that the matter is not bound to a place or to an organization and is
// covered; an argument in which no code is found is covered only by grants for everywhere.
func (p Principal) Covers(area, organization string) bool {
	place, org := AreaOf(area), OrganizationOf(organization)
	return slices.ContainsFunc(p.Grants, func(g *accessv1.Grant) bool {
		return (area == "" || CoversArea(g, place)) && (organization == "" || coversOrganization(g, org))
	})
}

// Actor is the caller as the journal remembers it: under the first of the grants.
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

// call is a context that knows its caller and its method. One allocation where two WithValue would take four.
type call struct {
	context.Context
	principal Principal
	method    string
}

type callKey struct{}

// Value answers with the call itself for its own key, so that contexts derived from it still find it.
func (c *call) Value(key any) any {
	if key == (callKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// From returns the caller on whose behalf ctx is handled; the zero Principal outside a call.
func From(ctx context.Context) Principal {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c.principal
	}
	return Principal{}
}

// With returns ctx as if p had called. The client kit sends p's token along; tests call handlers with it.
func With(ctx context.Context, p Principal) context.Context { return handling(ctx, p, Method(ctx)) }

func handling(ctx context.Context, p Principal, method string) context.Context {
	return &call{Context: ctx, principal: p, method: method}
}

// Method is the full gRPC name of the method being handled, `/wancun.village.v1.NeedService/VerifyNeed`; empty outside a
// call, which is how the client kit tells an originating call from one made on the way.
func Method(ctx context.Context) string {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c.method
	}
	return ""
}
