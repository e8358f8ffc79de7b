package access

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/access/issuer"
	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

func TestATokenThatIsNotGoodOpensNothing(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	world.Prepare(t, s)
	good := s.Token(t, "admin", world.Admin())
	bad := map[string]string{
		"cut off":                                good[:len(good)-6],
		"with another payload":                   tampered(t, good),
		"without a signature":                    unsigned(t, good, `{"alg":"none","typ":"JWT"}`, ""),
		"signed with the public key":             unsigned(t, good, `{"alg":"HS256","typ":"JWT"}`, "c2lnbmF0dXJl"),
		"that ends in 285 million years":         living(t, s, good, time.Now(), 1<<53),
		"that is good for a month":               living(t, s, good, time.Now(), time.Now().Add(30*24*time.Hour).Unix()),
		"that was good for a month":              living(t, s, good, time.Now().Add(-30*24*time.Hour), time.Now().Add(time.Hour).Unix()),
		"issued tomorrow":                        living(t, s, good, time.Now().Add(24*time.Hour), time.Now().Add(25*time.Hour).Unix()),
		"of a service, good for a day":           granting(t, s, living(t, s, good, time.Now(), time.Now().Add(23*time.Hour).Unix()), `{"role":"INTERNAL_SYSTEM"}`),
		"expired":                                minted(t, s, suite.Issuer, suite.Audience, time.Now().Add(-2*time.Hour)),
		"of another issuer":                      minted(t, s, "https://other.invalid", suite.Audience, time.Now()),
		"for another audience":                   minted(t, s, suite.Issuer, "other", time.Now()),
		"signed by another key":                  foreign(t),
		"no token at all":                        "x",
		"far too long":                           strings.Repeat("x", 20<<10),
		"of a prefecture's clerk of nowhere":     granting(t, s, good, `{"role":"PREFECTURE_CLERK"}`),
		"of a county's clerk of nowhere":         granting(t, s, good, `{"role":"COUNTY_CLERK","area":""}`),
		"of a village team of nowhere":           granting(t, s, good, `{"role":"LEADER"},{"role":"VILLAGE_TEAM"}`),
		"of a manager of no organization":        granting(t, s, good, `{"role":"ORGANIZATION_MANAGER","area":"4331"}`),
		"of a county's clerk with a wrong limit": granting(t, s, good, `{"role":"COUNTY_CLERK","areas":"433124"}`),
	}
	signedHere := suite.Request{
		Verb: http.MethodGet, Path: "/v1/organizations/" + world.Association,
		Token: granting(t, s, good, `{"role":"COUNTY_CLERK","area":"433124"}`),
	}
	if answer := s.Do(t, signedHere); answer.Status != http.StatusOK {
		t.Fatalf("a token signed here is refused for that: %d %s", answer.Status, answer.Body)
	}
	calls := world.Calls(t)
	for what, token := range bad {
		t.Run(what, func(t *testing.T) {
			for _, call := range calls {
				m, request := call.Method, call.Request
				if _, err := s.Call(suite.WithToken(t.Context(), token), m, request); status.Code(err) != codes.Unauthenticated {
					t.Errorf("gRPC %s: %v, want UNAUTHENTICATED", call.Name, err)
				}
				r := suite.Route(t, m, request)
				r.Token = token
				answer := s.Do(t, r)
				if answer.Status != http.StatusUnauthorized || answer.Header.Get("WWW-Authenticate") == "" {
					t.Errorf("REST %s: %d %s, want 401 with WWW-Authenticate", call.Name, answer.Status, answer.Body)
				}
			}
		})
	}
}

func parts(t *testing.T, token string) (header, payload, signature string) {
	t.Helper()
	all := strings.Split(token, ".")
	if len(all) != 3 {
		t.Fatalf("%d parts", len(all))
	}
	return all[0], all[1], all[2]
}

// claiming replaces one claim in a token's payload.
func claiming(t *testing.T, payload, claim string, value any) string {
	t.Helper()
	claims, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(claims, &all); err != nil {
		t.Fatal(err)
	}
	all[claim] = value
	changed, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(changed)
}

func tampered(t *testing.T, token string) string {
	t.Helper()
	header, payload, signature := parts(t, token)
	return header + "." + claiming(t, payload, "sub", "somebody else") + "." + signature
}

// granting signs a token with the suite's own key, with grants (as JSON) that its issuer refuses to sign.
func granting(t *testing.T, s *suite.Suite, good, grants string) string {
	t.Helper()
	header, payload, _ := parts(t, good)
	signed := header + "." + claiming(t, payload, "grants", json.RawMessage("["+grants+"]"))
	signature := ed25519.Sign(keys(t, s)[0], []byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// living signs a token with the suite's own key, with other times of issue and expiry.
func living(t *testing.T, s *suite.Suite, good string, issued time.Time, ends int64) string {
	t.Helper()
	header, payload, _ := parts(t, good)
	signed := header + "." + claiming(t, claiming(t, payload, "iat", issued.Unix()), "exp", ends)
	return signed + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(keys(t, s)[0], []byte(signed)))
}

func unsigned(t *testing.T, token, header, signature string) string {
	t.Helper()
	_, payload, _ := parts(t, token)
	return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + payload + "." + signature
}

// minted signs a token with the suite's own key.
func minted(t *testing.T, s *suite.Suite, url, audience string, now time.Time) string {
	t.Helper()
	return sign(t, keys(t, s), url, audience, now)
}

func keys(t *testing.T, s *suite.Suite) []ed25519.PrivateKey {
	t.Helper()
	all, err := issuer.LoadKeys(filepath.Join(s.Dir, "keys", "issuer.pem"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// foreign returns a token signed by a key that the suite does not know.
func foreign(t *testing.T) string {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return sign(t, []ed25519.PrivateKey{key}, suite.Issuer, suite.Audience, time.Now())
}

func sign(t *testing.T, keys []ed25519.PrivateKey, url, audience string, now time.Time) string {
	t.Helper()
	i, err := issuer.New(issuer.Config{URL: url, Audience: audience, Keys: keys, Clock: func() time.Time { return now }, Random: os.Stdin})
	if err != nil {
		t.Fatal(err)
	}
	token, err := i.Mint("admin", []*accessv1.Grant{world.Admin()}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestTheTokenCommandMintsWhatItIsAskedFor(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	token := strings.TrimSpace(suite.MustRun(t, "token", "--data", s.Dir, "--role", "county_clerk", "--area", world.County, "--subject", "clerk"))
	r := suite.Request{Verb: http.MethodGet, Path: "/v1/villages/" + world.Village, Token: token}
	if answer := s.Do(t, r); answer.Status != http.StatusOK {
		t.Errorf("its own village: %d %s", answer.Status, answer.Body)
	}
	r.Path = "/v1/villages/" + world.Nearby
	if answer := s.Do(t, r); answer.Status != http.StatusNotFound {
		t.Errorf("a village elsewhere: %d %s", answer.Status, answer.Body)
	}
	for name, args := range map[string][]string{
		"a role that there is not":          {"--role", "emperor"},
		"a manager of no organization":      {"--role", "organization_manager"},
		"a clerk of no prefecture":          {"--role", "prefecture_clerk"},
		"a clerk of no county":              {"--role", "county_clerk"},
		"a team of no village":              {"--role", "village_team"},
		"an area that is no division code":  {"--role", "county_clerk", "--area", "43x"},
		"everybody, who needs no token":     {"--role", "public"},
		"a token that is over when it ends": {"--role", "leader", "--ttl", "0s"},
	} {
		t.Run("it refuses "+name, func(t *testing.T) {
			r := suite.Run(t, append([]string{"token", "--data", s.Dir}, args...)...)
			if r.Code == 0 || r.Out != "" || r.Err == "" {
				t.Errorf("exit code %d, out %q, error %q", r.Code, r.Out, r.Err)
			}
		})
	}
}
