package process

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/config"
)

const keyBytes = 32

// Key is the key in a file of 64 hexadecimal digits.
func Key(f config.SecretFile) ([]byte, error) {
	key, err := hex.DecodeString(string(f.Bytes()))
	if err != nil || len(key) != keyBytes {
		return nil, fmt.Errorf("%s does not hold %d hexadecimal digits", f.Path(), 2*keyBytes) // err would show the key
	}
	return key, nil
}

// issuerTimeout bounds a question to the issuer. Callers wait for the answer, if only while there is no key yet.
const issuerTimeout = 5 * time.Second

// verifier verifies the tokens of the issuer. It asks for the keys with the first token, so that the order in which
// things start does not matter.
func (s *Settings) verifier(clock func() time.Time) (*access.OIDC, error) {
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: issuerTimeout, ResponseHeaderTimeout: issuerTimeout,
		IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if s.OIDCCAFile.Path() != "" {
		authorities := x509.NewCertPool()
		if !authorities.AppendCertsFromPEM(s.OIDCCAFile.Bytes()) {
			return nil, errors.New("--oidc-ca-file: no certificate in " + s.OIDCCAFile.Path())
		}
		transport.TLSClientConfig.RootCAs = authorities
	}
	v, err := access.NewOIDC(access.OIDCConfig{
		Issuer: s.OIDCIssuer, Audience: s.OIDCAudience, Clock: clock,
		HTTP: &http.Client{Timeout: issuerTimeout, Transport: transport},
	})
	if err != nil {
		return nil, fmt.Errorf("--oidc-issuer: %w", err)
	}
	return v, nil
}
