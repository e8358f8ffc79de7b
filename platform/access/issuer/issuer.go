package issuer

import (
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/access"
)

// Config configures an issuer.
type Config struct {
	// URL is the issuer's name in its tokens and the base of its discovery document, without a trailing slash.
	URL string
	// Audience is the system for which the tokens are issued.
	Audience string
	// Keys verify tokens. The first key also signs.
	Keys []ed25519.PrivateKey
	// MaxLife is the longest lifetime of a token; see [access.OIDCConfig].
	MaxLife time.Duration
	// Clock returns the time for tokens and sign-in codes.
	Clock func() time.Time
	// Random is the random source of sign-in codes.
	Random io.Reader
}

// Issuer signs tokens. It is safe for concurrent use.
type Issuer struct {
	config    Config
	signer    jose.Signer
	public    jose.JSONWebKeySet
	discovery []byte
	path      string
	codes     codes
}

// New returns an issuer. It opens no listener or file.
func New(c Config) (*Issuer, error) {
	if c.Audience == "" || len(c.Keys) == 0 || c.Clock == nil || c.Random == nil {
		return nil, errors.New("issuer: audience, keys, clock and random are needed")
	}
	address, err := url.Parse(c.URL)
	if err != nil || address.Host == "" || strings.HasSuffix(c.URL, "/") {
		return nil, fmt.Errorf("issuer: %q is not an absolute URL without a slash at the end", c.URL)
	}
	i := &Issuer{config: c, path: address.Path, codes: codes{clock: c.Clock}}
	for _, key := range c.Keys {
		jwk, err := publicKey(key)
		if err != nil {
			return nil, fmt.Errorf("issuer: %w", err)
		}
		i.public.Keys = append(i.public.Keys, jwk)
	}
	signing := jose.SigningKey{Algorithm: jose.EdDSA, Key: jose.JSONWebKey{Key: c.Keys[0], KeyID: i.public.Keys[0].KeyID}}
	if i.signer, err = jose.NewSigner(signing, (&jose.SignerOptions{}).WithType("JWT")); err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	if i.discovery, err = discovery(c.URL); err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	return i, nil
}

// publicKey returns the public key with its RFC 7638 thumbprint as id, so that a key has the same id in every process.
func publicKey(key ed25519.PrivateKey) (jose.JSONWebKey, error) {
	jwk := jose.JSONWebKey{Key: key.Public(), Algorithm: string(jose.EdDSA), Use: "sig"}
	digest, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return jwk, fmt.Errorf("name the key: %w", err)
	}
	jwk.KeyID = base64.RawURLEncoding.EncodeToString(digest)
	return jwk, nil
}

func discovery(issuer string) ([]byte, error) {
	return json.Marshal(map[string]any{
		"issuer":                                issuer,
		"jwks_uri":                              issuer + "/keys",
		"authorization_endpoint":                issuer + "/sign-in",
		"response_types_supported":              []string{"id_token"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{string(jose.EdDSA)},
	})
}

// Token describes a token to sign.
type Token struct {
	// Subject is required.
	Subject string
	// Grants may be empty: then the token admits to public methods, and to those of the own account.
	Grants []*accessv1.Grant
	// TTL is the lifetime, more than 0.
	TTL time.Duration
	// Session or AccessToken is the resource for which the token is issued, so that ending it revokes the token. Both are
	// empty for a token that cannot be revoked.
	Session, AccessToken string
}

// Mint signs a token for subject that expires after ttl and cannot be revoked. It refuses grants and a ttl that a
// verifier would refuse.
func (i *Issuer) Mint(subject string, grants []*accessv1.Grant, ttl time.Duration) (string, error) {
	return i.Sign(Token{Subject: subject, Grants: grants, TTL: ttl})
}

// Sign signs a token. It refuses what a verifier would refuse.
func (i *Issuer) Sign(t Token) (string, error) {
	if t.Subject == "" || t.TTL <= 0 {
		return "", errors.New("mint token: a subject and a time to live are needed")
	}
	grants, err := access.ClaimsOf(t.Grants)
	if err != nil {
		return "", fmt.Errorf("mint token: %w", err)
	}
	revocable := t.Session != "" || t.AccessToken != ""
	longest := access.LongestLife(t.Grants, i.config.MaxLife)
	if revocable {
		longest = min(longest, access.RevocableLife)
	}
	if t.TTL > longest {
		return "", fmt.Errorf("mint token: it may be good for %v at most, and not for %v", longest, t.TTL)
	}
	now := i.config.Clock()
	standard := jwt.Claims{
		Issuer: i.config.URL, Subject: t.Subject, Audience: jwt.Audience{i.config.Audience},
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(t.TTL)),
	}
	own := struct {
		Grants []access.GrantClaim `json:"grants"`
		access.RevocableClaims
	}{Grants: grants}
	if revocable {
		own.RevocableClaims = access.RevocableClaims{Session: t.Session, AccessToken: t.AccessToken, IssuedMicros: now.UnixMicro()}
	}
	token, err := jwt.Signed(i.signer).Claims(standard).Claims(own).Serialize()
	if err != nil {
		return "", fmt.Errorf("mint token: %w", err)
	}
	return token, nil
}

// Verifier returns a verifier of this issuer's tokens that uses the keys of this process, without a network request.
func (i *Issuer) Verifier() (*access.OIDC, error) {
	keys := &oidc.StaticKeySet{}
	for _, key := range i.config.Keys {
		keys.PublicKeys = append(keys.PublicKeys, key.Public())
	}
	return access.NewOIDC(access.OIDCConfig{
		Issuer: i.config.URL, Audience: i.config.Audience, Algorithms: []string{string(jose.EdDSA)}, Keys: keys, MaxLife: i.config.MaxLife, Clock: i.config.Clock,
	})
}

// Handler serves the discovery document and the public keys. Mount it at the root of the URL's host; it serves the
// paths below the path of the URL.
func (i *Issuer) Handler() (http.Handler, error) {
	keys, err := json.Marshal(i.public)
	if err != nil {
		return nil, fmt.Errorf("publish the issuer's keys: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+i.path+"/.well-known/openid-configuration", document(i.discovery))
	mux.Handle("GET "+i.path+"/keys", document(keys))
	return mux, nil
}

func document(text []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "max-age=60")
		_, _ = w.Write(text) // a client that went away needs no answer
	})
}
