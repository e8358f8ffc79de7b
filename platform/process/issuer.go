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

// Tokens are the settings for the verification of callers' tokens.
type Tokens struct {
	// OIDCIssuer is required.
	OIDCIssuer string `name:"oidc-issuer" required:"" help:"Issuer of the callers' tokens, exactly as it names itself." placeholder:"URL"`
	// OIDCAudience is the audience that tokens must name.
	OIDCAudience string `name:"oidc-audience" default:"wancun" help:"Audience that tokens must name."`
	// MaxTokenLife of 0 is refused.
	MaxTokenLife time.Duration `default:"24h" help:"Longest that a caller's token may be good, from when it was issued; that of a service 2 h at most."`
	// OIDCCAFile is empty to use the authorities of the system.
	OIDCCAFile config.SecretFile `name:"oidc-ca-file" help:"Authorities for the issuer's certificate (PEM), instead of the system's." placeholder:"PATH"`
}

// check refuses an issuer whose keys could be replaced in transit.
func (t *Tokens) check(insecure bool) error {
	if t.OIDCAudience == "" {
		return errors.New("--oidc-audience is empty")
	}
	if t.MaxTokenLife <= 0 {
		return fmt.Errorf("--max-token-life is %v, want more than 0", t.MaxTokenLife)
	}
	if t.OIDCIssuer == "" {
		return nil // the parser reports that it is missing
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

// issuerTimeout bounds a request to the issuer. Callers wait for it while there are no keys.
const issuerTimeout = 5 * time.Second

// Verifier returns a verifier for the issuer's tokens. It fetches the keys when the first token arrives, so that
// processes may start in any order.
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
