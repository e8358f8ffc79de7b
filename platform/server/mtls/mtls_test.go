package mtls_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/wancun/wancun/platform/server/mtls"
)

// authority signs certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	a.key = newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.pem = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue returns a certificate and a key for the name, as PEM.
func (a *authority) issue(name string, until time.Time) (cert, key []byte) {
	a.t.Helper()
	private := newKey(a.t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{name}, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, private.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		a.t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
}

// desk is where one process keeps its files; each write is later than the one before, whatever the file system's clock.
type desk struct {
	t     *testing.T
	files mtls.Files
	age   time.Time
}

func newDesk(t *testing.T, a *authority, name string) *desk {
	t.Helper()
	dir := t.TempDir()
	d := &desk{t, mtls.Files{
		Certificate: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem"), Authority: filepath.Join(dir, "ca.pem"),
	}, time.Now().Add(-time.Hour)}
	cert, key := a.issue(name, time.Now().Add(time.Hour))
	d.put(d.files.Certificate, cert)
	d.put(d.files.Key, key)
	d.put(d.files.Authority, a.pem)
	return d
}

func (d *desk) put(path string, text []byte) {
	d.t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		d.t.Fatal(err)
	}
	d.age = d.age.Add(time.Second)
	if err := os.Chtimes(path, d.age, d.age); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) open() *mtls.Identity {
	d.t.Helper()
	i, err := mtls.Open(d.files)
	if err != nil {
		d.t.Fatal(err)
	}
	return i
}

// meet lets a client and a server shake hands and exchange a byte, and returns what either of them had against it.
func meet(t *testing.T, server, client *tls.Config) error {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	served := make(chan error, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			served <- err
			return
		}
		defer func() { _ = conn.Close() }()
		_, err = tls.Server(conn, server).Write([]byte{1})
		served <- err
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, err = tls.Client(conn, client).Read(make([]byte, 1))
	_ = conn.Close()
	if serverErr := <-served; serverErr != nil {
		return serverErr
	}
	return err
}

func TestTwoProcessesTalkOnlyIfBothProveWhoTheyAre(t *testing.T) {
	ours, foreign := newAuthority(t), newAuthority(t)
	village := newDesk(t, ours, "village").open()
	action := newDesk(t, ours, "action").open()
	stranger := newDesk(t, foreign, "action").open()
	overdue := newDesk(t, ours, "action")
	cert, key := ours.issue("action", time.Now().Add(-time.Hour))
	overdue.put(overdue.files.Certificate, cert)
	overdue.put(overdue.files.Key, key)
	bare := &tls.Config{InsecureSkipVerify: true}
	old := action.Client("village")
	old.MinVersion, old.MaxVersion = tls.VersionTLS12, tls.VersionTLS12

	for name, c := range map[string]struct {
		server, client *tls.Config
		want           bool
	}{
		"an accepted client":                 {village.Server("gateway", "action"), action.Client("village"), true},
		"a client that is not on the list":   {village.Server("gateway"), action.Client("village"), false},
		"an empty list":                      {village.Server(), action.Client("village"), false},
		"a client of another authority":      {village.Server("action"), stranger.Client("village"), false},
		"a client without a certificate":     {village.Server("action"), bare, false},
		"a client whose certificate is over": {village.Server("action"), overdue.open().Client("village"), false},
		"a client of an older protocol":      {village.Server("action"), old, false},
		"a server under another name":        {village.Server("action"), action.Client("org"), false},
		"a server of another authority":      {stranger.Server("action"), action.Client("action"), false},
		"a server whose certificate is over": {overdue.open().Server("action"), action.Client("action"), false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := meet(t, c.server, c.client); (err == nil) != c.want {
				t.Errorf("met with %v, want success %v", err, c.want)
			}
		})
	}
}

func TestCertificatesAndAuthoritiesAreRenewedWithoutARestart(t *testing.T) {
	first, second := newAuthority(t), newAuthority(t)
	village, action := newDesk(t, first, "village"), newDesk(t, first, "action")
	server, client := village.open().Server("action"), action.open().Client("village")
	met := func(story string, want bool) {
		t.Helper()
		if err := meet(t, server, client); (err == nil) != want {
			t.Errorf("%s: met with %v, want success %v", story, err, want)
		}
	}
	met("before", true)

	cert, key := second.issue("village", time.Now().Add(time.Hour))
	village.put(village.files.Certificate, cert)
	met("a certificate whose key is still to come is passed over", true)
	village.put(village.files.Key, key)
	met("the new certificate is of an authority that the client does not know", false)
	action.put(action.files.Authority, append(first.pem, second.pem...))
	met("now it does", true)
	village.put(village.files.Authority, second.pem)
	met("the server no longer knows the client's authority", false)
	cert, key = second.issue("action", time.Now().Add(time.Hour))
	action.put(action.files.Certificate, cert)
	action.put(action.files.Key, key)
	met("both are renewed", true)
	if err := os.Remove(village.files.Key); err != nil {
		t.Fatal(err)
	}
	met("a file that is gone is passed over", true)
}

func TestFilesThatAreNotCompleteAtTheStartAreRefused(t *testing.T) {
	for name, spoil := range map[string]func(*desk){
		"no key":                func(d *desk) { _ = os.Remove(d.files.Key) },
		"another key":           func(d *desk) { _, key := newAuthority(t).issue("x", time.Now()); d.put(d.files.Key, key) },
		"no authority":          func(d *desk) { _ = os.Remove(d.files.Authority) },
		"an authority of words": func(d *desk) { d.put(d.files.Authority, []byte("trust me")) },
	} {
		d := newDesk(t, newAuthority(t), "village")
		spoil(d)
		if _, err := mtls.Open(d.files); err == nil {
			t.Errorf("%s: Open succeeded", name)
		}
	}
}
