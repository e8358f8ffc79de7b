package process_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/wancun/wancun/platform/process"
	"github.com/wancun/wancun/platform/process/processtest"
)

type edgeSettings struct{ process.EdgeSettings }

// edge returns a program that serves the handler over HTTP.
func edge(handler http.HandlerFunc) processtest.Program {
	e := process.Edge[edgeSettings]{
		Name: "toy", Description: "An edge.",
		Open: func(context.Context, *edgeSettings, *process.Process) (http.Handler, error) { return handler, nil },
	}
	return func(ctx context.Context, call process.Call) int { return process.RunEdge(ctx, e, call) }
}

func TestTheEdgeServesAndDrains(t *testing.T) {
	asked, let := make(chan struct{}), make(chan struct{})
	p := processtest.Start(t, edge(func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-let
		_, _ = io.WriteString(w, "done")
	}), processtest.Loopback()...)
	answered := make(chan string, 1)
	go func() { answered <- get(t, http.DefaultClient, "http://"+p.Address) }()
	<-asked
	p.Signal()
	until(t, "not to be ready", func() bool { status, _ := p.Probe(t, "/readyz"); return status == http.StatusServiceUnavailable })
	close(let)
	if got := <-answered; got != "done" {
		t.Errorf("the request under way is answered %q", got)
	}
	if code := p.Stop(); code != 0 {
		t.Errorf("exit code = %d", code)
	}
}

func TestWhileTheEdgeDrainsItSendsItsClientsAway(t *testing.T) {
	args := without(processtest.Loopback(), "--drain-wait")
	p := processtest.Start(t, edge(func(http.ResponseWriter, *http.Request) {}), with(args, "--drain-wait", "200ms")...)
	closing := func() bool {
		answer, err := http.Get("http://" + p.Address)
		if err != nil {
			t.Fatalf("a request is refused while the edge waits for its balancers: %v", err)
		}
		defer answer.Body.Close() //nolint:errcheck // read whole
		return answer.Close
	}
	if closing() {
		t.Error("connections are closed before the drain")
	}
	p.Signal()
	until(t, "not to be ready", func() bool { status, _ := p.Probe(t, "/readyz"); return status == http.StatusServiceUnavailable })
	if !closing() {
		t.Error("a connection may be used again while the edge drains")
	}
}

func TestTheEdgeSpeaksHTTPSWithItsOwnCertificate(t *testing.T) {
	borrowed := httptest.NewTLSServer(nil)
	defer borrowed.Close()
	cert, key := pair(t, borrowed.TLS.Certificates[0])
	p := processtest.Start(t, edge(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "done") }),
		with(processtest.Loopback(), "--http-tls-cert-file", cert, "--http-tls-key-file", key)...)
	if got := get(t, borrowed.Client(), "https://"+p.Address); got != "done" {
		t.Errorf("answered by %q", got)
	}
	if err := os.WriteFile(cert, []byte("being written"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := get(t, fresh(borrowed.Client()), "https://"+p.Address); got != "done" {
		t.Errorf("while the certificate is being renewed, answered by %q", got)
	}
	renewed, renewedKey := pair(t, another(t))
	if err := errors.Join(os.Rename(renewedKey, key), os.Rename(renewed, cert)); err != nil {
		t.Fatal(err)
	}
	if got := get(t, fresh(borrowed.Client()), "https://"+p.Address); !strings.Contains(got, "certificate") {
		t.Errorf("the renewed certificate is not served: %s", got)
	}
}

// fresh returns a copy of the client without connections.
func fresh(c *http.Client) *http.Client {
	c.CloseIdleConnections()
	return c
}

// another returns a certificate of an authority that no client trusts.
func another(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"renewed"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestTheEdgesMeasuresDoNotGrowWithWhatClientsSay(t *testing.T) {
	p := processtest.Start(t, edge(func(http.ResponseWriter, *http.Request) {}), processtest.Loopback()...)
	series := func(host, method, path string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+p.Address+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		_, text := p.Probe(t, "/metrics")
		if strings.Contains(text, host) {
			t.Errorf("the metrics repeat the host %s", host)
		}
		return strings.Count(text, "http_server_")
	}
	first := series("a.example:1", "GET", "/a")
	series("b.example:2", "INVENTED", "/b") // all unknown methods share one series
	before := series("c.example:3", "GET", "/c?d=e")
	if after := series("d.example:4", "CONTRIVED", "/f"); first == 0 || after != before {
		t.Errorf("%d lines of metrics first, then %d, then %d", first, before, after)
	}
}

func TestTheEdgeRefusesByName(t *testing.T) {
	nothing := edge(func(http.ResponseWriter, *http.Request) {})
	for want, args := range map[string][]string{
		"--tls-cert-file":      nil,
		"--listen":             with(processtest.Loopback(), "--listen="),
		"--http-tls-key-file":  with(processtest.Loopback(), "--http-tls-cert-file", "a"),
		"--http-tls-cert-file": with(processtest.Loopback(), "--http-tls-key-file", "a"),
	} {
		if code, _, log := processtest.Run(t, nothing, args...); code != 2 || !strings.Contains(log, want) {
			t.Errorf("exit code %d, want 2 and %s: %s", code, want, log)
		}
	}
}

func get(t *testing.T, c *http.Client, url string) string {
	t.Helper()
	answer, err := c.Get(url)
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close() //nolint:errcheck // read whole
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}

// pair writes a certificate and its key to files.
func pair(t *testing.T, c tls.Certificate) (cert, key string) {
	t.Helper()
	secret, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	text := func(kind string, der []byte) string {
		return string(bytes.TrimSpace(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})))
	}
	return processtest.File(t, "cert.pem", text("CERTIFICATE", c.Certificate[0])), processtest.File(t, "key.pem", text("PRIVATE KEY", secret))
}
