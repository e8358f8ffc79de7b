package gateway_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/proto"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
)

// pipe is a listener with one connection. It accepts no other connection and does not end by itself.
type pipe struct {
	conn chan net.Conn
}

// Accept implements [net.Listener].
func (p pipe) Accept() (net.Conn, error) {
	c, ok := <-p.conn
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

// Close implements [net.Listener].
func (p pipe) Close() error { close(p.conn); return nil }

// Addr implements [net.Listener].
func (pipe) Addr() net.Addr { return &net.TCPAddr{} }

// connected serves h on a connection until the test ends and returns the client's side. gone is closed when the server
// has closed its side.
func connected(t *testing.T, h http.Handler) (conn net.Conn, gone <-chan struct{}) {
	t.Helper()
	ours, theirs := net.Pipe()
	closed := make(chan struct{})
	l := pipe{conn: make(chan net.Conn, 1)}
	l.conn <- theirs
	s := &http.Server{Handler: h, ReadHeaderTimeout: time.Second, ConnState: func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			close(closed)
		}
	}}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.Serve(l) // returns when the server is closed
	}()
	t.Cleanup(func() {
		_ = s.Close()
		_ = ours.Close()
		<-ended
	})
	return ours, closed
}

func TestABodyThatStopsArrivingHoldsNoConnection(t *testing.T) {
	for name, head := range map[string]string{
		"of a route":                     "POST /v1/organizations HTTP/1.1\r\nContent-Type: application/json",
		"of a kind that is not accepted": "POST /v1/organizations HTTP/1.1\r\nContent-Type: text/plain",
		"of no route":                    "POST /nope HTTP/1.1\r\nContent-Type: application/json",
		"of a route that takes none":     "POST /healthz HTTP/1.1\r\nContent-Type: application/json",
		"of a path that is not UTF-8":    "POST /v1/organizations/%ff HTTP/1.1\r\nContent-Type: application/json",
		"of a page of another origin":    "POST /v1/organizations HTTP/1.1\r\nSec-Fetch-Site: cross-site",
		"of a batch, which has longer":   "POST /v1/organizations:batchCreate HTTP/1.1\r\nContent-Type: application/json",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				conn, gone := connected(t, open(t, unreached(t)))
				if _, err := io.WriteString(conn, head+"\r\nHost: wancun.test\r\nContent-Length: 100\r\n\r\n{"); err != nil {
					t.Fatal(err)
				}
				go func() { _, _ = io.Copy(io.Discard, conn) }() // reads the response
				mustGo(t, gone)
			})
		})
	}
}

func TestAnAnswerThatIsNotReadHoldsNoConnection(t *testing.T) {
	const much = 1 << 20
	synctest.Test(t, func(t *testing.T) {
		conn, gone := connected(t, open(t, wire(func(_ context.Context, _ string, _, reply proto.Message) error {
			proto.Merge(reply, &orgv1.Organization{DisplayName: strings.Repeat("x", much)})
			return nil
		})))
		if _, err := io.WriteString(conn, "GET "+organization+" HTTP/1.1\r\nHost: wancun.test\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		mustGo(t, gone) // the client reads nothing
	})
}

// mustGo waits in the fake time of the synctest bubble, which passes instantly.
func mustGo(t *testing.T, gone <-chan struct{}) {
	t.Helper()
	select {
	case <-gone:
	case <-time.After(2 * time.Minute):
		t.Error("the connection is still open after two minutes")
	}
}
