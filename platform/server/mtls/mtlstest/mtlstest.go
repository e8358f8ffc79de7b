// Package mtlstest creates the certificates of processes in tests.
package mtlstest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/wancun/wancun/platform/server/mtls"
)

// Authority signs certificates.
type Authority struct {
	// PEM is the certificate of the authority.
	PEM []byte

	tb     testing.TB
	now    time.Time
	random io.Reader
	cert   *x509.Certificate
	key    *ecdsa.PrivateKey
}

// New returns a new authority, which no process trusts yet.
func New(tb testing.TB) *Authority {
	tb.Helper()
	a := &Authority{tb: tb, now: time.Now(), random: rand.Reader} //nolint:forbidigo // certificates are checked against the machine's time
	a.key = a.newKey()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: a.now.Add(-time.Hour), NotAfter: a.now.Add(time.Hour),
	}
	der, err := x509.CreateCertificate(a.random, template, template, a.key.Public(), a.key)
	if err != nil {
		tb.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		tb.Fatal(err)
	}
	a.PEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return a
}

func (a *Authority) newKey() *ecdsa.PrivateKey {
	a.tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), a.random)
	if err != nil {
		a.tb.Fatal(err)
	}
	return key
}

// Issue returns a certificate for the name and its key, as PEM.
func (a *Authority) Issue(name string, until time.Time) (cert, key []byte) {
	a.tb.Helper()
	private := a.newKey()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{name}, NotBefore: a.now.Add(-2 * time.Hour), NotAfter: until,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(a.random, template, a.cert, private.Public(), a.key)
	if err != nil {
		a.tb.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		a.tb.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
}

// Identity returns the identity of a process with the name, valid for an hour.
func (a *Authority) Identity(name string) *mtls.Identity {
	a.tb.Helper()
	cert, key := a.Issue(name, a.now.Add(time.Hour))
	dir := a.tb.TempDir()
	put := func(file string, text []byte) string {
		path := filepath.Join(dir, file)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			a.tb.Fatal(err)
		}
		return path
	}
	i, err := mtls.Open(mtls.Files{Certificate: put("cert.pem", cert), Key: put("key.pem", key), Authority: put("ca.pem", a.PEM)})
	if err != nil {
		a.tb.Fatal(err)
	}
	return i
}
