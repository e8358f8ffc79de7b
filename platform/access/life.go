package access

import (
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/fault"
)

const (
	usualLife  = 24 * time.Hour
	systemLife = 2 * time.Hour
	// RevocableLife is the longest lifetime of a token that names a session or an access token. Revocations older than
	// this have no effect.
	RevocableLife = 5 * time.Minute
	// clockSkew is the greatest difference between the clocks of an issuer and of a server.
	clockSkew = time.Minute
)

// LongestLife returns the longest lifetime of a token with these grants. longest is the limit for tokens without
// INTERNAL_SYSTEM; 0 means 24 h.
func LongestLife(grants []*accessv1.Grant, longest time.Duration) time.Duration {
	if longest == 0 {
		longest = usualLife
	}
	if slices.ContainsFunc(grants, func(g *accessv1.Grant) bool { return g.GetRole() == accessv1.Grant_INTERNAL_SYSTEM }) {
		return min(longest, systemLife)
	}
	return longest
}

// checkLife refuses a token issued in the future, and a token with too long a lifetime, since most tokens cannot be
// revoked.
// The lifetime of a token without a time of issue is counted from now.
func checkLife(token *oidc.IDToken, now time.Time, longest time.Duration) error {
	if token.IssuedAt.After(now.Add(clockSkew)) {
		return fault.Unauthenticated("TOKEN_FROM_FUTURE", "the token was issued in the future: compare the clocks of its issuer and of this server")
	}
	if token.Expiry.After(now.Add(longest+clockSkew)) || !token.IssuedAt.IsZero() && token.Expiry.After(token.IssuedAt.Add(longest)) {
		return fault.Unauthenticated("TOKEN_TOO_LONG", "the token is good for longer than %v", longest)
	}
	return nil
}
