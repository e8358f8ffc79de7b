package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/access/issuer"
	"github.com/wancun/wancun/platform/file"
)

const audience = "wancun"

// OpenIssuer opens the token issuer of a cluster's directory. The cluster accepts its tokens while it runs.
func OpenIssuer(dir string, clock func() time.Time, random io.Reader) (*issuer.Issuer, error) {
	state, err := ReadState(dir)
	if err != nil {
		return nil, err
	}
	return openIssuer(layout{dir}, state.Issuer, clock, random)
}

func openIssuer(l layout, url string, clock func() time.Time, random io.Reader) (*issuer.Issuer, error) {
	keys, err := issuer.LoadKeys(l.keys("issuer.pem"), random)
	if err != nil {
		return nil, err
	}
	return issuer.New(issuer.Config{URL: url, Audience: audience, Keys: keys, Clock: clock, Random: random})
}

// startIssuer serves the issuer's public keys over HTTP, as an OpenID Connect provider does.
func (c *Cluster) startIssuer(ctx context.Context) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("start issuer: %w", err)
	}
	c.state.Issuer = "http://" + l.Addr().String()
	if c.issuer, err = openIssuer(c.layout, c.state.Issuer, c.config.Clock, c.config.Random); err != nil {
		return errors.Join(err, l.Close())
	}
	handler, err := c.issuer.Handler()
	if err != nil {
		return errors.Join(err, l.Close())
	}
	s := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second}
	go func() { _ = s.Serve(l) }() // ends when Close closes the server
	c.onClose(s.Close)
	return nil
}

// Lifetime of report's token for reading the journals, and the interval of its renewal.
const (
	tokenLife    = time.Hour
	tokenRenewal = 20 * time.Minute
)

// writeReportToken writes the token with which report reads the journals.
func (c *Cluster) writeReportToken() error {
	token, err := c.issuer.Mint("report", []*accessv1.Grant{{Role: accessv1.Grant_INTERNAL_SYSTEM}}, tokenLife)
	if err != nil {
		return fmt.Errorf("write report's token: %w", err)
	}
	if err := file.Replace(c.keys("report.token"), []byte(token+"\n"), 0o600); err != nil {
		return fmt.Errorf("write report's token: %w", err)
	}
	return nil
}
