package access

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/maypok86/otter/v2"

	"github.com/wancun/wancun/platform/fault"
)

const (
	// rememberFor bounds how long a token is accepted after its key was removed to revoke it.
	rememberFor   = time.Minute
	rememberCount = 10_000
	maxTokenBytes = 16 << 10
)

// OIDCConfig configures which tokens are accepted.
type OIDCConfig struct {
	// Issuer is the provider's URL, exactly as its tokens and its discovery document name it.
	Issuer string
	// Audience must be among a token's audiences, so that a token for another system is refused.
	Audience string
	// Algorithms are the accepted signature algorithms; empty means EdDSA, ES256 and RS256. [NewOIDC] refuses symmetric
	// algorithms and `none`.
	Algorithms []string
	// Keys verify the signatures. nil means the provider's published keys. They are discovered at the first token, so
	// that a service starts while the provider is down.
	Keys oidc.KeySet
	// HTTP fetches the keys. It is required unless Keys is set, and should have a timeout.
	HTTP *http.Client
	// MaxLife is the longest lifetime of a token, from its issue and from now; 0 means 24 h. A token that grants
	// INTERNAL_SYSTEM has at most 2 h.
	MaxLife time.Duration
	// Clock returns the time for the checks of expiry.
	Clock func() time.Time
}

// OIDC verifies the signed tokens of one OpenID Connect provider. It caches a verified token by its hash, for at most a
// minute and not beyond its expiry.
type OIDC struct {
	issuer string
	config oidc.Config
	keys   oidc.KeySet
	life   time.Duration
	clock  func() time.Time
	known  *otter.Cache[[sha256.Size]byte, verified]
}

type verified struct {
	principal Principal // without the token itself
	until     time.Time
}

// NewOIDC checks the configuration. It does not contact the provider.
func NewOIDC(c OIDCConfig) (*OIDC, error) {
	if c.Issuer == "" || c.Audience == "" || c.Clock == nil || c.Keys == nil && c.HTTP == nil {
		return nil, errors.New("oidc: issuer, audience, clock, and either keys or an HTTP client are needed")
	}
	if len(c.Algorithms) == 0 {
		c.Algorithms = []string{oidc.EdDSA, oidc.ES256, oidc.RS256}
	}
	safe := []string{oidc.EdDSA, oidc.ES256, oidc.ES384, oidc.ES512, oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512}
	for _, alg := range c.Algorithms {
		if !slices.Contains(safe, alg) {
			return nil, fmt.Errorf("oidc: signature algorithm %q is not accepted", alg)
		}
	}
	if c.Keys == nil {
		c.Keys = newRemoteKeys(c.Issuer, c.HTTP, c.Clock)
	}
	known, err := otter.New(&otter.Options[[sha256.Size]byte, verified]{MaximumSize: rememberCount})
	if err != nil {
		return nil, fmt.Errorf("oidc: make the memory of tokens: %w", err)
	}
	return &OIDC{
		issuer: c.Issuer,
		config: oidc.Config{ClientID: c.Audience, SupportedSigningAlgs: c.Algorithms, Now: c.Clock},
		keys:   c.Keys,
		life:   c.MaxLife,
		clock:  c.Clock,
		known:  known,
	}, nil
}

// Verify implements [Verifier].
func (o *OIDC) Verify(ctx context.Context, token string) (Principal, error) {
	if len(token) > maxTokenBytes {
		return Principal{}, fault.Unauthenticated("TOKEN_INVALID", "the token is longer than %d bytes", maxTokenBytes)
	}
	key := sha256.Sum256([]byte(token))
	now := o.clock()
	v, ok := o.known.GetIfPresent(key)
	if !ok || !now.Before(v.until) {
		p, err := o.verify(ctx, token)
		if err != nil {
			return Principal{}, err
		}
		v = verified{principal: p, until: earlier(p.Expires, now.Add(rememberFor))}
		o.known.Set(key, v)
	}
	v.principal.Token = token
	return v.principal, nil
}

func (o *OIDC) verify(ctx context.Context, raw string) (Principal, error) {
	keys := &witness{KeySet: o.keys}
	token, err := oidc.NewVerifier(o.issuer, keys, &o.config).Verify(ctx, raw)
	if err != nil {
		return Principal{}, refusal(err, keys.err)
	}
	var claims struct {
		Grants json.RawMessage `json:"grants"`
		RevocableClaims
	}
	if err := token.Claims(&claims); err != nil {
		return Principal{}, refusal(err, nil)
	}
	grants, err := parseGrants(claims.Grants)
	if err != nil { // the signature is valid, so the operator of the issuer needs the cause
		return Principal{}, fault.Unauthenticated("GRANTS_INVALID", "the token's grants are not valid: %v", err)
	}
	if token.Subject == "" {
		return Principal{}, refusal(errors.New("no subject"), nil)
	}
	by := Principal{Subject: token.Subject, Grants: grants, Expires: token.Expiry, Session: claims.Session, AccessToken: claims.AccessToken}
	longest := LongestLife(grants, o.life)
	if by.revocable() {
		by.Issued = time.UnixMicro(claims.IssuedMicros)
		longest = min(longest, RevocableLife)
	}
	if err := checkLife(token, o.clock(), longest); err != nil {
		return Principal{}, err
	}
	return by, nil
}

// refusal distinguishes an invalid token, an expired token, and keys that could not be fetched.
func refusal(err, keys error) error {
	var expired *oidc.TokenExpiredError
	var away *unreachableError
	switch {
	case errors.As(keys, &away):
		return fault.Unavailable("ISSUER_UNAVAILABLE", time.Second, away)
	case errors.Is(keys, context.Canceled), errors.Is(keys, context.DeadlineExceeded):
		return fmt.Errorf("wait for the issuer's keys: %w", keys)
	case errors.As(err, &expired):
		return fault.Unauthenticated("TOKEN_EXPIRED", "the token has expired").Because(err)
	default:
		return fault.Unauthenticated("TOKEN_INVALID", "the token is not valid").Because(err)
	}
}

// witness keeps the error of the key set, which go-oidc converts into text.
type witness struct {
	oidc.KeySet
	err error
}

// VerifySignature implements [oidc.KeySet].
func (w *witness) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	var payload []byte
	payload, w.err = w.KeySet.VerifySignature(ctx, token)
	return payload, w.err
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
