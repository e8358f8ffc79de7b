package authority_test

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wancun/wancun/platform/servertest"
	"github.com/wancun/wancun/wancun/internal/authority"
)

var today = time.Date(2019, 12, 20, 8, 0, 0, 0, time.UTC)

func TestACertificateIsGoodForItsNameAndForLoopbackOnBothSides(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	clock := servertest.NewClock(today)
	issue(t, dir, clock, "org", "gateway")
	for _, host := range []string{"org", "localhost", "127.0.0.1"} {
		options := x509.VerifyOptions{
			DNSName: host, Roots: trusted(t, dir), CurrentTime: today,
			KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		}
		if _, err := leaf(t, dir, "org").Verify(options); err != nil {
			t.Errorf("as server %s: %v", host, err)
		}
		options.KeyUsages = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		if _, err := leaf(t, dir, "org").Verify(options); err != nil {
			t.Errorf("as client %s: %v", host, err)
		}
	}
	if _, err := leaf(t, dir, "org").Verify(x509.VerifyOptions{DNSName: "gateway", Roots: trusted(t, dir), CurrentTime: today}); err == nil {
		t.Error("org's certificate is good for the gateway")
	}
}

func TestKeysAreTheOwnersAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	issue(t, dir, servertest.NewClock(today), "org")
	modes := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		modes[e.Name()] = info.Mode().String()
	}
	want := map[string]string{"ca.pem": "-rw-r--r--", "ca-key.pem": "-rw-------", "org.pem": "-rw-r--r--", "org-key.pem": "-rw-------"}
	if diff := cmp.Diff(want, modes); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestTheAuthorityIsKeptUntilItIsOver(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	clock := servertest.NewClock(today)
	issue(t, dir, clock, "org")
	first := text(t, dir, "ca.pem")
	issue(t, dir, clock, "gateway")
	if text(t, dir, "ca.pem") != first {
		t.Error("a second call made another authority: what it issued before is worth nothing now")
	}
	clock.Set(today.AddDate(2, 0, 0))
	issue(t, dir, clock, "org")
	if text(t, dir, "ca.pem") == first {
		t.Error("an authority that is over still issues")
	}
}

func issue(t *testing.T, dir string, clock *servertest.Clock, names ...string) {
	t.Helper()
	if err := (authority.Authority{Dir: dir, Clock: clock.Now, Random: rand.Reader}).Issue(names...); err != nil {
		t.Fatal(err)
	}
}

func trusted(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(text(t, dir, authority.File))) {
		t.Fatal("the authority has no certificate")
	}
	return pool
}

func leaf(t *testing.T, dir, name string) *x509.Certificate {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, name+".pem"), filepath.Join(dir, name+"-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	return pair.Leaf
}

func text(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
