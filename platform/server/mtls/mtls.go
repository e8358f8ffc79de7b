// Package mtls authenticates the services of the suite to each other: TLS 1.3 with a certificate on both sides. The
// files are read again when they change, so that certificates and authorities are renewed without a restart.
//
// A renewed pair that does not match, as while a file is being written, is ignored until it does. A certificate
// identifies the process that calls. It grants no permission: the token of the call does (package access).
package mtls

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"
)

// Files are the PEM files with which a process identifies itself and verifies its peers.
type Files struct {
	// Certificate and Key are the certificate chain and the key of this process.
	Certificate, Key string
	// Authority holds the certificates of the authorities that issue the peers' certificates.
	Authority string
}

// Identity holds the last complete content of the files. It is safe for concurrent use.
type Identity struct {
	files Files

	mu      sync.Mutex
	seen    [3]time.Time
	current material
}

type material struct {
	certificate tls.Certificate
	authority   *x509.CertPool
}

// Open reads the files. It returns an error if they are incomplete.
func Open(files Files) (*Identity, error) {
	i := &Identity{files: files}
	seen, err := i.stat()
	if err != nil {
		return nil, err
	}
	if i.current, err = i.read(); err != nil {
		return nil, err
	}
	i.seen = seen
	return i, nil
}

// RefusedError reports a client whose certificate comes from the authority but has none of the accepted names.
type RefusedError struct {
	// Names are the names in the certificate. Accepted are the accepted names.
	Names, Accepted []string
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("client %q is not among those accepted, %q", e.Names, e.Accepted)
}

// Server returns the TLS configuration of a server. It accepts clients whose certificate comes from the authority and
// has one of the DNS names; without names it accepts no client. The handshake of a client with another name fails with
// a *RefusedError.
func (i *Identity) Server(clients ...string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			now := i.now()
			return &tls.Config{
				MinVersion:   tls.VersionTLS13,
				NextProtos:   []string{"h2"},
				Certificates: []tls.Certificate{now.certificate},
				ClientAuth:   tls.RequireAndVerifyClientCert,
				ClientCAs:    now.authority,
				VerifyConnection: func(state tls.ConnectionState) error {
					names := state.PeerCertificates[0].DNSNames
					if !slices.ContainsFunc(names, func(name string) bool { return slices.Contains(clients, name) }) {
						return &RefusedError{Names: names, Accepted: clients}
					}
					return nil
				},
			}, nil
		},
	}
}

// Client returns the TLS configuration of a client. It presents the certificate, and accepts servers whose certificate
// comes from the authority and has the name.
func (i *Identity) Client(name string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		ServerName: name,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			now := i.now()
			return &now.certificate, nil
		},
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection does it, against the authority as it is now
		VerifyConnection: func(state tls.ConnectionState) error {
			options := x509.VerifyOptions{Roots: i.now().authority, DNSName: name, Intermediates: x509.NewCertPool()}
			for _, c := range state.PeerCertificates[1:] {
				options.Intermediates.AddCert(c)
			}
			_, err := state.PeerCertificates[0].Verify(options)
			return err
		},
	}
}

// now returns the content of the files, and reads them again if one has changed. It ignores what it cannot read.
func (i *Identity) now() material {
	i.mu.Lock()
	defer i.mu.Unlock()
	if seen, err := i.stat(); err == nil && seen != i.seen {
		if fresh, err := i.read(); err == nil {
			i.current, i.seen = fresh, seen
		}
	}
	return i.current
}

func (i *Identity) stat() ([3]time.Time, error) {
	var seen [3]time.Time
	for n, path := range []string{i.files.Certificate, i.files.Key, i.files.Authority} {
		info, err := os.Stat(path)
		if err != nil {
			return seen, fmt.Errorf("open identity: %w", err)
		}
		seen[n] = info.ModTime()
	}
	return seen, nil
}

func (i *Identity) read() (material, error) {
	certificate, err := tls.LoadX509KeyPair(i.files.Certificate, i.files.Key)
	if err != nil {
		return material{}, fmt.Errorf("open identity: %w", err)
	}
	text, err := os.ReadFile(i.files.Authority)
	if err != nil {
		return material{}, fmt.Errorf("open identity: %w", err)
	}
	authority := x509.NewCertPool()
	if !authority.AppendCertsFromPEM(text) {
		return material{}, errors.New("open identity: no certificate in " + i.files.Authority)
	}
	return material{certificate, authority}, nil
}
