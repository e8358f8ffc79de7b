package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/client/rest"
	"github.com/wancun/wancun/platform/fault"
)

// remote selects the suite that a command calls.
type remote struct {
	Server string `help:"Where the suite serves gRPC, or its REST gateway: http://host:port, or https:// with TLS (${default})." default:"http://127.0.0.1:9090" placeholder:"URL"`
}

// connection is a closable connection that serves every RPC of a suite.
type connection interface {
	grpc.ClientConnInterface
	io.Closer
}

// dial connects to the suite: through REST if a gateway answers at the address, as a cluster exposes only its gateway,
// otherwise over gRPC.
func (r remote) dial(ctx context.Context) (connection, error) {
	u, err := url.Parse(r.Server)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" {
		return nil, fmt.Errorf("--server: %q is not http://host:port", r.Server)
	}
	var c client.Config
	switch u.Scheme {
	case "http":
	case "https":
		c.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	default:
		return nil, fmt.Errorf("--server: %q is neither http:// nor https://", r.Server)
	}
	if base := u.Scheme + "://" + u.Host; isGateway(ctx, base) {
		gateway := rest.New(base, http.DefaultClient)
		return struct {
			grpc.ClientConnInterface
			io.Closer
		}{client.Wrap(gateway), gateway}, nil
	}
	return client.Dial(u.Host, c)
}

// probeTimeout bounds the check whether a server is a gateway.
const probeTimeout = 5 * time.Second

// isGateway requests a path that belongs to no RPC. A gateway answers with an application/problem+json document; a gRPC
// server does not answer in HTTP/1.1.
func isGateway(ctx context.Context, base string) bool {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	prober := probing()
	defer prober.CloseIdleConnections()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/v1/", http.NoBody)
	if err != nil {
		return false
	}
	answer, err := prober.RoundTrip(q)
	if err != nil {
		return false
	}
	defer answer.Body.Close() //nolint:errcheck // not read
	return answer.Header.Get("Content-Type") == "application/problem+json"
}

// probing returns a transport for a server that may not speak HTTP.
func probing() *http.Transport {
	t := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, DisableKeepAlives: true}
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &polite{Conn: c, asked: make(chan struct{})}, nil
	}
	return t
}

// polite delays reads from a connection until the first write. A gRPC server sends first, and Go's HTTP client would
// log an unsolicited response to the standard logger.
type polite struct {
	net.Conn
	asked chan struct{}
	once  sync.Once
}

// Read implements [net.Conn].
func (p *polite) Read(b []byte) (int, error) {
	<-p.asked
	return p.Conn.Read(b)
}

// Write implements [net.Conn].
func (p *polite) Write(b []byte) (int, error) {
	p.once.Do(func() { close(p.asked) })
	return p.Conn.Write(b)
}

// Close implements [net.Conn]. It also ends a waiting Read.
func (p *polite) Close() error {
	p.once.Do(func() { close(p.asked) })
	return p.Conn.Close()
}

// describe returns the text of an error for the user. For the error of a call it is the message of the service, without
// the prefix of gRPC.
func describe(err error) string {
	f, ok := fault.From(err)
	if !ok {
		return err.Error()
	}
	var received interface {
		error
		GRPCStatus() *status.Status
	}
	where := ""
	if errors.As(err, &received) {
		where = strings.TrimSuffix(err.Error(), received.Error())
	}
	switch {
	case f.Reason() != "":
		return fmt.Sprintf("%s%s: %s", where, f.Reason(), f.Message())
	case f.Code() == codes.Unavailable:
		return fmt.Sprintf("%sthe suite does not answer; is wancun up running, and where --server says? (%s)", where, f.Message())
	}
	return fmt.Sprintf("%s%s: %s", where, f.Code(), f.Message())
}
