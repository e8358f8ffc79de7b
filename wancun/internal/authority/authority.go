package authority

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/wancun/wancun/platform/file"
)

// Lifetimes of the certificates. A developer can replace the authority at any time.
const (
	authorityLife   = 365 * 24 * time.Hour
	certificateLife = 90 * 24 * time.Hour
	backdated       = 5 * time.Minute // for clocks that are behind
)

// Authority issues certificates for development. Its key is stored unencrypted beside them, so anyone who can read the
// directory can impersonate any process. Do not use it in production.
type Authority struct {
	// Dir is the directory of all certificates and keys.
	Dir string
	// Clock gives the time from which certificates are valid.
	Clock func() time.Time
	// Random is the source of keys and serial numbers.
	Random io.Reader
}

// File is the name of the authority's certificate file.
const File = "ca.pem"

// Issue writes NAME.pem and NAME-key.pem for each name, signed by ca.pem and ca-key.pem, which it makes if they are
// missing or expired. It replaces existing files of these names; running processes reload them by themselves.
func (a Authority) Issue(names ...string) error {
	if err := os.MkdirAll(a.Dir, 0o700); err != nil {
		return fmt.Errorf("issue certificates: %w", err)
	}
	ca, key, err := a.load()
	if errors.Is(err, fs.ErrNotExist) || err == nil && !a.Clock().Before(ca.NotAfter) {
		ca, key, err = a.found()
	}
	if err != nil {
		return fmt.Errorf("issue certificates: %w", err)
	}
	for _, name := range names {
		if err := a.issue(ca, key, name); err != nil {
			return fmt.Errorf("issue certificate of %s: %w", name, err)
		}
	}
	return nil
}

func (a Authority) load() (*x509.Certificate, crypto.Signer, error) {
	text, err := os.ReadFile(filepath.Join(a.Dir, File))
	if err != nil {
		return nil, nil, err
	}
	keyText, err := os.ReadFile(filepath.Join(a.Dir, "ca-key.pem"))
	if err != nil {
		return nil, nil, err
	}
	block, _ := pem.Decode(text)
	keyBlock, _ := pem.Decode(keyText)
	if block == nil || keyBlock == nil {
		return nil, nil, fmt.Errorf("%s or ca-key.pem in %s is not PEM", File, a.Dir)
	}
	ca, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	if err != nil {
		return nil, nil, err
	}
	key, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, nil, fmt.Errorf("ca-key.pem in %s holds a %T", a.Dir, parsed)
	}
	return ca, key, nil
}

// found makes the authority's key and certificate. The authority may issue certificates, but no other authorities.
func (a Authority) found() (*x509.Certificate, crypto.Signer, error) {
	now := a.Clock()
	template := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "Wancun development authority", Organization: []string{"not for production"}},
		NotBefore: now.Add(-backdated), NotAfter: now.Add(authorityLife),
		KeyUsage: x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
	}
	key, err := a.write("ca", template, template, nil)
	if err != nil {
		return nil, nil, err
	}
	ca, _, err := a.load()
	return ca, key, err
}

func (a Authority) issue(ca *x509.Certificate, key crypto.Signer, name string) error {
	now := a.Clock()
	template := &x509.Certificate{
		Subject:   pkix.Name{CommonName: name, Organization: []string{"not for production"}},
		NotBefore: now.Add(-backdated), NotAfter: now.Add(certificateLife),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:    []string{name, "localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	_, err := a.write(name, template, ca, key)
	return err
}

// write makes a key, signs the template with by (with the new key itself if by is nil) and writes both files. It writes
// the key first: a reader that sees only one new file finds a pair that does not match, and reads again.
func (a Authority) write(name string, template, parent *x509.Certificate, by crypto.Signer) (crypto.Signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), a.Random)
	if err != nil {
		return nil, err
	}
	if by == nil {
		by = key
	}
	serial := make([]byte, 16)
	if _, err := io.ReadFull(a.Random, serial); err != nil {
		return nil, err
	}
	template.SerialNumber = new(big.Int).SetBytes(serial)
	der, err := x509.CreateCertificate(a.Random, template, parent, key.Public(), by)
	if err != nil {
		return nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, errors.Join(
		file.Replace(filepath.Join(a.Dir, name+"-key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600),
		file.Replace(filepath.Join(a.Dir, name+".pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644),
	)
}
