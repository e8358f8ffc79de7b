package issuer_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/access/issuer"
)

var noon = time.Date(2019, 12, 1, 12, 0, 0, 0, time.UTC)

func leader() []*accessv1.Grant { return []*accessv1.Grant{{Role: accessv1.Grant_LEADER, Area: "43"}} }

func newIssuer(t *testing.T, now *time.Time) *issuer.Issuer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i, err := issuer.New(issuer.Config{
		URL: "https://issuer.test/auth", Audience: "wancun", Keys: []ed25519.PrivateKey{key},
		Clock: func() time.Time { return *now }, Random: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestACodeSignsInOnce(t *testing.T) {
	now := noon
	i := newIssuer(t, &now)
	v, err := i.Verifier()
	if err != nil {
		t.Fatal(err)
	}
	invite := func(t *testing.T) string {
		t.Helper()
		code, err := i.Invite("u-17", leader(), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	refused := func(t *testing.T, code string) {
		t.Helper()
		if token, err := i.Redeem(code, time.Hour); status.Code(err) != codes.Unauthenticated {
			t.Errorf("Redeem(%q) = %q, %v; want UNAUTHENTICATED", code, token, err)
		}
	}

	t.Run("for the one who was invited", func(t *testing.T) {
		code := invite(t)
		token, err := i.Redeem(code, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		p, err := v.Verify(t.Context(), token)
		if err != nil || p.Subject != "u-17" || !p.Has(accessv1.Grant_LEADER) || !p.Expires.Equal(noon.Add(time.Hour)) {
			t.Errorf("Verify = %v, %v; want u-17, a leader for an hour", p, err)
		}
		refused(t, code)
	})
	t.Run("also when many try at once", func(t *testing.T) {
		code := invite(t)
		var admitted atomic.Int32
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if _, err := i.Redeem(code, time.Hour); err == nil {
					admitted.Add(1)
				}
			})
		}
		all.Wait()
		if n := admitted.Load(); n != 1 {
			t.Errorf("%d were admitted, want 1", n)
		}
	})
	t.Run("not after its time", func(t *testing.T) {
		code := invite(t)
		now = now.Add(time.Minute)
		refused(t, code)
	})
	t.Run("not by another code", func(t *testing.T) {
		code := invite(t)
		for _, part := range []string{"", "x", code[:len(code)-1], code + "x", code[1:] + "!", code[1:] + "\n"} {
			if token, err := i.Redeem(part, time.Hour); status.Code(err) != codes.InvalidArgument {
				t.Errorf("Redeem(%q) = %q, %v; want INVALID_ARGUMENT", part, token, err)
			}
		}
		refused(t, strings.Repeat("A", len(code)))
		if _, err := i.Redeem(code, time.Hour); err != nil {
			t.Errorf("wrong guesses withdrew the code: %v", err)
		}
	})
	t.Run("nor are more than 128 open", func(t *testing.T) {
		first := invite(t)
		second := invite(t)
		for range 127 {
			invite(t)
		}
		refused(t, first)
		if _, err := i.Redeem(second, time.Hour); err != nil {
			t.Errorf("the second oldest is withdrawn too: %v", err)
		}
	})
	t.Run("nor are grants promised that no token can carry", func(t *testing.T) {
		if _, err := i.Invite("u-17", []*accessv1.Grant{{}}, time.Minute); err == nil {
			t.Error("Invite accepted a grant without a role")
		}
	})
}

func TestTheDiscoveryDocumentLeadsToThePublicKeysAlone(t *testing.T) {
	now := noon
	h, err := newIssuer(t, &now).Handler()
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	if body := get("/auth/.well-known/openid-configuration").Body.String(); !bytes.Contains([]byte(body), []byte(`"jwks_uri":"https://issuer.test/auth/keys"`)) {
		t.Errorf("discovery document: %s", body)
	}
	keys := get("/auth/keys").Body.Bytes()
	if !bytes.Contains(keys, []byte(`"crv":"Ed25519"`)) || bytes.Contains(keys, []byte(`"d":`)) {
		t.Errorf("key set: %s; want public parts only", keys)
	}
	if code := get("/.well-known/openid-configuration").Code; code != 404 {
		t.Errorf("outside the issuer's path: %d, want 404", code)
	}
}

func TestTheKeyFileIsMadeOnceAndKeptFromOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "signing.pem")
	load := func() []ed25519.PrivateKey {
		t.Helper()
		keys, err := issuer.LoadKeys(path, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return keys
	}

	t.Run("by the first caller", func(t *testing.T) {
		made := make([][]ed25519.PrivateKey, 8)
		var all sync.WaitGroup
		for n := range made {
			all.Go(func() { made[n], _ = issuer.LoadKeys(path, rand.Reader) })
		}
		all.Wait()
		for n, keys := range made {
			if len(keys) != 1 || !keys[0].Equal(made[0][0]) {
				t.Errorf("process %d has %d keys, not the same one as the first", n, len(keys))
			}
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("file mode %v, %v; want 0600", info.Mode(), err)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
			t.Errorf("drafts are left behind: %v", left)
		}
	})
	t.Run("a key put before it signs, and it still verifies", func(t *testing.T) {
		old, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		first := load()[0]
		other := filepath.Join(t.TempDir(), "other.pem")
		if _, err := issuer.LoadKeys(other, rand.Reader); err != nil {
			t.Fatal(err)
		}
		added, err := os.ReadFile(other)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(added, old...), 0o600); err != nil {
			t.Fatal(err)
		}
		keys := load()
		if len(keys) != 2 || !keys[1].Equal(first) {
			t.Errorf("%d keys, want the new one and then the old one", len(keys))
		}
	})
	t.Run("one that everybody can read is refused", func(t *testing.T) {
		if err := os.Chmod(path, 0o604); err != nil {
			t.Fatal(err)
		}
		if _, err := issuer.LoadKeys(path, rand.Reader); err == nil {
			t.Error("LoadKeys accepted a key file with mode 0604")
		}
	})
	t.Run("so is one that holds something else, and it is not overwritten", func(t *testing.T) {
		for _, text := range []string{"", "not a key\n", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
			broken := filepath.Join(t.TempDir(), "broken.pem")
			if err := os.WriteFile(broken, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := issuer.LoadKeys(broken, rand.Reader)
			after, _ := os.ReadFile(broken)
			if err == nil || string(after) != text {
				t.Errorf("LoadKeys(%q) = %v, and the file holds %q", text, err, after)
			}
		}
	})
}

func TestAnIssuerThatLacksSomethingIsNotMade(t *testing.T) {
	good := func() issuer.Config {
		return issuer.Config{
			URL: "https://issuer.test", Audience: "wancun", Keys: []ed25519.PrivateKey{ed25519.NewKeyFromSeed(make([]byte, 32))},
			Clock: time.Now, Random: rand.Reader,
		}
	}
	for name, spoil := range map[string]func(*issuer.Config){
		"no keys":              func(c *issuer.Config) { c.Keys = nil },
		"no audience":          func(c *issuer.Config) { c.Audience = "" },
		"no clock":             func(c *issuer.Config) { c.Clock = nil },
		"no randomness":        func(c *issuer.Config) { c.Random = nil },
		"a path for a URL":     func(c *issuer.Config) { c.URL = "/auth" },
		"a slash at the end":   func(c *issuer.Config) { c.URL += "/" },
		"a URL that is broken": func(c *issuer.Config) { c.URL = "https://%" },
	} {
		c := good()
		spoil(&c)
		if _, err := issuer.New(c); err == nil {
			t.Errorf("%s: New made an issuer", name)
		}
	}
	if _, err := issuer.New(good()); err != nil {
		t.Error(err)
	}
}

func TestATokenForASessionNamesItAndIsShort(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 123_456_000, time.UTC)
	i, err := issuer.New(issuer.Config{
		URL: "https://issuer.test", Audience: "wancun", Keys: []ed25519.PrivateKey{ed25519.NewKeyFromSeed(make([]byte, 32))},
		Clock: func() time.Time { return now }, Random: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	const session = "accounts/a/sessions/s"
	if _, err := i.Sign(issuer.Token{Subject: "a", TTL: access.RevocableLife + time.Second, Session: session}); err == nil {
		t.Error("Sign made a token for a session that outlives what services remember of revocations")
	}
	token, err := i.Sign(issuer.Token{Subject: "a", TTL: access.RevocableLife, Session: session})
	if err != nil {
		t.Fatal(err)
	}
	v, err := i.Verifier()
	if err != nil {
		t.Fatal(err)
	}
	by, err := v.Verify(t.Context(), token)
	if err != nil || by.Session != session || by.AccessToken != "" || !by.Issued.Equal(now) || by.Account() != "accounts/a" {
		t.Errorf("Verify = %+v, %v", by, err)
	}
	plain, err := i.Mint("script", nil, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if by, err := v.Verify(t.Context(), plain); err != nil || by.Account() != "" || !by.Issued.IsZero() {
		t.Errorf("of a script: Verify = %+v, %v", by, err)
	}
}
