package process

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/config"
)

// Tokens are the settings by which a process verifies the tokens of callers.
type Tokens struct {
	// OIDCIssuer is required.
	OIDCIssuer string `name:"oidc-issuer" required:"" help:"Issuer of the callers' tokens, exactly as it names itself." placeholder:"URL"`
	// OIDCAudience is what tokens must be for.
	OIDCAudience string `name:"oidc-audience" default:"wancun" help:"Audience that tokens must name."`
	// MaxTokenLife of 0 is refused.
	MaxTokenLife time.Duration `default:"24h" help:"Longest that a caller's token may be good, from when it was issued; that of a service 2 h at most."`
	// OIDCCAFile is empty if the system's authorities will do.
	OIDCCAFile config.SecretFile `name:"oidc-ca-file" help:"Authorities for the issuer's certificate (PEM), instead of the system's." placeholder:"PATH"`
}

// check refuses an issuer whose keys another machine on the way could exchange.
func (t *Tokens) check(insecure bool) error {
	if t.OIDCAudience == "" {
		return errors.New("--oidc-audience is empty")
	}
	if t.MaxTokenLife <= 0 {
		return fmt.Errorf("--max-token-life is %v, want more than 0", t.MaxTokenLife)
	}
	if t.OIDCIssuer == "" {
		return nil // is refused as missing
	}
	u, err := url.Parse(t.OIDCIssuer)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("--oidc-issuer is %q, want https://…", t.OIDCIssuer)
	}
	if u.Scheme == "http" && !insecure && !loopback(u.Hostname()) {
		return fmt.Errorf("--oidc-issuer is %q: over plain HTTP only on loopback, or with --insecure", t.OIDCIssuer)
	}
	return nil
}

func loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// issuerTimeout bounds a question to the issuer. Callers wait for the answer, if only while there is no key yet.
const issuerTimeout = 5 * time.Second

// Verifier verifies the tokens of the issuer. It asks for the keys with the first token, so that the order in which
// processes start does not matter.
func (t *Tokens) Verifier(clock func() time.Time) (*access.OIDC, error) {
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: issuerTimeout, ResponseHeaderTimeout: issuerTimeout,
		IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if t.OIDCCAFile.Path() != "" {
		authorities := x509.NewCertPool()
		if !authorities.AppendCertsFromPEM(t.OIDCCAFile.Bytes()) {
			return nil, errors.New("--oidc-ca-file: no certificate in " + t.OIDCCAFile.Path())
		}
		transport.TLSClientConfig.RootCAs = authorities
	}
	v, err := access.NewOIDC(access.OIDCConfig{
		Issuer: t.OIDCIssuer, Audience: t.OIDCAudience, MaxLife: t.MaxTokenLife, Clock: clock,
		HTTP: &http.Client{Timeout: issuerTimeout, Transport: transport},
	})
	if err != nil {
		return nil, fmt.Errorf("--oidc-issuer: %w", err)
	}
	return v, nil
}
