package access_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/access/issuer"
	"github.com/wancun/wancun/platform/fault"
)

var noon = time.Date(2019, 12, 1, 12, 0, 0, 0, time.UTC)

// clock is a clock that only the test moves. It must not be used concurrently.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func newKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newIssuer(t testing.TB, url string, c *clock, keys ...ed25519.PrivateKey) *issuer.Issuer {
	t.Helper()
	i, err := issuer.New(issuer.Config{URL: url, Audience: "wancun", Keys: keys, Clock: c.Now, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func mint(t testing.TB, i *issuer.Issuer, ttl time.Duration) string {
	t.Helper()
	token, err := i.Mint("u-17", grants(team), ttl)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// sign signs any claims as a token, including those that the suite's issuer refuses.
func sign(t testing.TB, alg jose.SignatureAlgorithm, key any, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestOnlyATokenThatIsRightInEveryPartIsAccepted(t *testing.T) {
	key := newKey(t)
	c := &clock{noon}
	verifier, err := newIssuer(t, "https://issuer.test", c, key).Verifier()
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	claims := func(change map[string]any) map[string]any {
		all := map[string]any{
			"iss": "https://issuer.test", "sub": "u-17", "aud": "wancun", "iat": noon.Unix(), "exp": noon.Add(time.Hour).Unix(),
			"grants": []map[string]any{{"role": "VILLAGE_TEAM", "area": "433124001201"}},
		}
		maps.Copy(all, change)
		return all
	}
	with := func(change map[string]any) string { return sign(t, jose.EdDSA, key, claims(change)) }
	granting := func(g ...any) string { return with(map[string]any{"grants": g}) }
	good := with(nil)
	published, _ := key.Public().(ed25519.PublicKey)
	parts := strings.Split(good, ".")
	encoded := func(v any) string {
		text, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	many := make([]any, 65)
	for i := range many {
		many[i] = map[string]any{"role": "LEADER"}
	}

	for name, token := range map[string]string{
		"over":                                 with(map[string]any{"exp": noon.Add(-time.Second).Unix()}),
		"without an end":                       with(map[string]any{"exp": nil}),
		"not yet valid":                        with(map[string]any{"nbf": noon.Add(10 * time.Minute).Unix()}),
		"of another issuer":                    with(map[string]any{"iss": "https://issuer.test.evil"}),
		"for another audience":                 with(map[string]any{"aud": "payroll"}),
		"for no audience":                      with(map[string]any{"aud": nil}),
		"without a subject":                    with(map[string]any{"sub": ""}),
		"signed by another key":                sign(t, jose.EdDSA, newKey(t), claims(nil)),
		"signed by another algorithm":          sign(t, jose.ES256, ec, claims(nil)),
		"signed with the public key as secret": sign(t, jose.HS256, []byte(published), claims(nil)),
		"alg none":                             encoded(map[string]string{"alg": "none"}) + "." + parts[1] + ".",
		"alg none with the old signature":      encoded(map[string]string{"alg": "none"}) + "." + parts[1] + "." + parts[2],
		"claims exchanged":                     parts[0] + "." + encoded(claims(map[string]any{"sub": "u-1"})) + "." + parts[2],
		"cut":                                  good[:len(good)-4],
		"two parts":                            parts[0] + "." + parts[1],
		"no token at all":                      "x",
		"too long":                             good + strings.Repeat("A", 17<<10),
		"with an unknown role":                 granting(map[string]any{"role": "EMPEROR"}),
		"with a role in lower case":            granting(map[string]any{"role": "county_clerk", "area": "433124"}),
		"with a role by number":                granting(map[string]any{"role": 4, "area": "433124"}),
		"with no role":                         granting(map[string]any{"area": "433124"}),
		"with the unspecified role":            granting(map[string]any{"role": "ROLE_UNSPECIFIED"}),
		"with PUBLIC granted":                  granting(map[string]any{"role": "PUBLIC"}),
		"with staff of no organization":        granting(map[string]any{"role": "ORGANIZATION_MANAGER"}),
		"with staff of an area alone":          granting(map[string]any{"role": "ORGANIZATION_MANAGER", "area": "433124"}),
		"with a prefecture's clerk of nowhere": granting(map[string]any{"role": "PREFECTURE_CLERK"}),
		"with a county's clerk of nowhere":     granting(map[string]any{"role": "COUNTY_CLERK", "area": ""}),
		"with a village team of nowhere":       granting(map[string]any{"role": "VILLAGE_TEAM", "organization": uscc}),
		"with an organization that is none":    granting(map[string]any{"role": "ORGANIZATION_MANAGER", "organization": ours}),
		"with a padded area":                   granting(map[string]any{"role": "COUNTY_CLERK", "area": "433124000000"}),
		"with half an area":                    granting(map[string]any{"role": "COUNTY_CLERK", "area": "433"}),
		"with an area by name":                 granting(map[string]any{"role": "COUNTY_CLERK", "area": "villages/433124001201"}),
		"with a misspelt limit":                granting(map[string]any{"role": "COUNTY_CLERK", "areas": "433124"}),
		"with one good grant and one bad":      granting(map[string]any{"role": "LEADER"}, map[string]any{"role": "EMPEROR"}),
		"with grants of another shape":         with(map[string]any{"grants": "PROVINCE_ADMIN"}),
		"with too many grants":                 granting(many...),
	} {
		t.Run("a token "+name+" is refused", func(t *testing.T) {
			for range 2 { // the second attempt must not be served from the cache either
				if p, err := verifier.Verify(t.Context(), token); status.Code(err) != codes.Unauthenticated {
					t.Errorf("Verify = %v, %v; want UNAUTHENTICATED", p, err)
				}
			}
		})
	}
	t.Run("a right one says who calls and what is granted", func(t *testing.T) {
		got, err := verifier.Verify(t.Context(), good)
		want := access.Principal{Subject: "u-17", Grants: grants(team), Token: good, Expires: noon.Add(time.Hour)}
		if diff := cmp.Diff(want, got, protocmp.Transform()); err != nil || diff != "" {
			t.Errorf("Verify: %v (-want +got):\n%s", err, diff)
		}
	})
	t.Run("one without grants says who calls", func(t *testing.T) {
		p, err := verifier.Verify(t.Context(), with(map[string]any{"grants": nil}))
		if err != nil || p.Subject != "u-17" || len(p.Grants) != 0 {
			t.Errorf("Verify = %v, %v; want u-17 without grants", p, err)
		}
	})
	t.Run("the refusal of a forged one does not say what was wrong, the cause does", func(t *testing.T) {
		_, err := verifier.Verify(t.Context(), with(map[string]any{"aud": "payroll"}))
		if refused, _ := fault.From(err); refused.Message() != "the token is not valid" || !strings.Contains(err.Error(), "payroll") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the refusal of one whose issuer grants what cannot be granted says what", func(t *testing.T) {
		_, err := verifier.Verify(t.Context(), granting(map[string]any{"role": "LEADER"}, map[string]any{"role": "COUNTY_CLERK"}))
		refused, _ := fault.From(err)
		if refused.Reason() != "GRANTS_INVALID" || refused.Message() != "the token's grants are not valid: grants[1]: COUNTY_CLERK needs an area" {
			t.Errorf("got %v", err)
		}
	})
}

func TestSymmetricAlgorithmsAndNoneCannotBeConfigured(t *testing.T) {
	for _, alg := range []string{"none", "HS256", ""} {
		_, err := access.NewOIDC(access.OIDCConfig{Issuer: "i", Audience: "a", Algorithms: []string{alg}, Keys: &oidc.StaticKeySet{}, Clock: time.Now})
		if err == nil {
			t.Errorf("algorithm %q was accepted", alg)
		}
	}
}

// countingKeys counts the verifications of signatures.
type countingKeys struct {
	oidc.KeySet
	checks int
}

func (k *countingKeys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	k.checks++
	return k.KeySet.VerifySignature(ctx, token)
}

func TestAVerifiedTokenIsRememberedForAMinuteAndNeverPastItsEnd(t *testing.T) {
	key := newKey(t)
	c := &clock{noon}
	i := newIssuer(t, "https://issuer.test", c, key)
	keys := &countingKeys{KeySet: &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{key.Public()}}}
	v, err := access.NewOIDC(access.OIDCConfig{Issuer: "https://issuer.test", Audience: "wancun", Keys: keys, Clock: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	verify := func(token string, at time.Duration, wantChecks int, wantReason string) {
		t.Helper()
		c.now = noon.Add(at)
		_, err := v.Verify(t.Context(), token)
		var reason string
		if refused, ok := fault.From(err); ok {
			reason = refused.Reason()
		}
		if keys.checks != wantChecks || reason != wantReason {
			t.Errorf("after %v: %d checks, %q; want %d, %q", at, keys.checks, reason, wantChecks, wantReason)
		}
	}
	long, short := mint(t, i, time.Hour), mint(t, i, 30*time.Second)
	verify(long, 0, 1, "")
	verify(short, 0, 2, "")
	verify(long, 59*time.Second, 2, "")
	verify(short, 29*time.Second, 2, "")
	verify(short, 31*time.Second, 3, "TOKEN_EXPIRED")
	verify(long, 60*time.Second, 4, "")
	verify(long, 119*time.Second, 4, "")
	verify(long, time.Hour+time.Second, 5, "TOKEN_EXPIRED")
}

// provider is an issuer on the network. The test sets its keys and its handler, and counts its requests.
type provider struct {
	*httptest.Server
	handler atomic.Pointer[http.Handler] // nil answers 500
	asked   atomic.Int32
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked.Add(1)
		if h := p.handler.Load(); h != nil {
			(*h).ServeHTTP(w, r)
			return
		}
		http.Error(w, "out of order", http.StatusInternalServerError)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *provider) publish(t *testing.T, i *issuer.Issuer) {
	t.Helper()
	h, err := i.Handler()
	if err != nil {
		t.Fatal(err)
	}
	p.handler.Store(&h)
}

func TestKeysAreFoundOverTheNetworkAndFollowTheirRotation(t *testing.T) {
	p := newProvider(t)
	url := p.URL + "/auth"
	c := &clock{noon}
	first, second := newKey(t), newKey(t)
	before := newIssuer(t, url, c, first)
	during := newIssuer(t, url, c, second, first)
	after := newIssuer(t, url, c, second)
	v, err := access.NewOIDC(access.OIDCConfig{Issuer: url, Audience: "wancun", HTTP: p.Client(), Clock: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	want := func(story, token string, code codes.Code) {
		t.Helper()
		if _, err := v.Verify(t.Context(), token); status.Code(err) != code {
			t.Errorf("%s: got %v, want %v", story, err, code)
		}
	}

	want("the provider is down", mint(t, before, time.Hour), codes.Unavailable)
	p.publish(t, before)
	want("it is up, but was asked a moment ago", mint(t, before, time.Hour), codes.Unavailable)
	c.now = c.now.Add(time.Second)
	old := mint(t, before, time.Hour)
	want("a second later", old, codes.OK)

	p.publish(t, during)
	c.now = c.now.Add(5 * time.Second)
	want("a new key is asked for", mint(t, during, time.Hour), codes.OK)
	want("the old one still verifies", mint(t, before, 50*time.Minute), codes.OK)

	p.publish(t, after)
	asked := p.asked.Load()
	for range 100 {
		want("a forged key", mint(t, newIssuer(t, url, c, newKey(t)), time.Hour), codes.Unauthenticated)
	}
	if n := p.asked.Load() - asked; n > 1 {
		t.Errorf("100 forged tokens asked the provider %d times", n)
	}
	c.now = c.now.Add(61 * time.Second)
	for ttl := time.Hour; ; ttl += time.Second { // the next forged key id fetches the new keys, in the background
		want("a forged key", mint(t, newIssuer(t, url, c, newKey(t)), time.Hour), codes.Unauthenticated)
		if _, err := v.Verify(t.Context(), mint(t, before, ttl)); status.Code(err) == codes.Unauthenticated {
			break
		}
		runtime.Gosched()
	}
	want("a token remembered from before the key was taken away", old, codes.Unauthenticated)

	p.handler.Store(nil)
	c.now = c.now.Add(61 * time.Second)
	want("the provider is down, its key is known", mint(t, after, time.Hour), codes.OK)
	want("the provider is down, the key is not known", mint(t, before, time.Hour), codes.Unavailable)
}

func TestWhoWaitsForTheProviderWaitsNoLongerThanItsDeadline(t *testing.T) {
	release := make(chan struct{})
	p := newProvider(t)
	var hang http.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release })
	p.handler.Store(&hang)
	defer close(release)
	c := &clock{noon}
	v, err := access.NewOIDC(access.OIDCConfig{Issuer: p.URL, Audience: "wancun", HTTP: p.Client(), Clock: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := v.Verify(ctx, mint(t, newIssuer(t, p.URL, c, newKey(t)), time.Hour)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

func TestGrantsThatNoVerifierAcceptsAreNotMinted(t *testing.T) {
	i := newIssuer(t, "https://issuer.test", &clock{noon}, newKey(t))
	for name, g := range map[string]*accessv1.Grant{
		"unspecified":  grant(accessv1.Grant_ROLE_UNSPECIFIED, "", ""),
		"public":       public,
		"padded area":  grant(accessv1.Grant_COUNTY_CLERK, "433124000000", ""),
		"no staff":     grant(accessv1.Grant_ORGANIZATION_MANAGER, "", ""),
		"no area":      grant(accessv1.Grant_VILLAGE_TEAM, "", uscc),
		"absent":       nil,
		"by full name": grant(accessv1.Grant_ORGANIZATION_MANAGER, "", ours),
	} {
		if _, err := i.Mint("u-17", grants(team, g), time.Hour); err == nil || !strings.Contains(err.Error(), "grants[1]") {
			t.Errorf("%s: Mint = %v, want an error that names the grant", name, err)
		}
	}
}
