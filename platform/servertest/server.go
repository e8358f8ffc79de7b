package servertest

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/access/issuer"
	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/server"
)

// Start serves the services that register registers, in the process and through all interceptors. It returns a
// connection with the retries and deadlines of package client. The server logs to the output of the test.
func Start(tb testing.TB, register func(grpc.ServiceRegistrar)) grpc.ClientConnInterface {
	tb.Helper()
	s := New(tb, server.Config{})
	register(s)
	if err := s.Start(); err != nil {
		tb.Fatalf("start server: %v", err)
	}
	return client.Wrap(s.Conn())
}

// New returns a server configured as by [Start], for tests that need the server itself.
func New(tb testing.TB, c server.Config) *server.Server {
	tb.Helper()
	s, err := server.New(c, server.Deps{Verifier: Verifier(tb), Logger: Logger(tb), Clock: time.Now})
	if err != nil {
		tb.Fatalf("make server: %v", err)
	}
	return s
}

// Serve serves s on a free port of the loopback interface until the test ends, and returns its address.
func Serve(tb testing.TB, s *server.Server) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("listen: %v", err)
	}
	ServeOn(tb, s, l)
	return l.Addr().String()
}

// ServeOn serves s on a listener until the test ends.
func ServeOn(tb testing.TB, s *server.Server, l net.Listener) {
	tb.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	tb.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			tb.Errorf("serve: %v", err)
		}
	})
}

// Dial connects to an address with the settings that services use to call each other.
func Dial(tb testing.TB, address string) *grpc.ClientConn {
	tb.Helper()
	conn, err := client.Dial("passthrough:///"+address, client.Config{})
	if err != nil {
		tb.Fatalf("dial: %v", err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	return conn
}

// As returns ctx as the context of a caller with these grants. A client sends a token for them; code that is called
// without a server receives them from [access.From]. As panics on grants that no token can carry.
func As(ctx context.Context, subject string, grants ...*accessv1.Grant) context.Context {
	token, err := mint(subject, grants)
	if err != nil {
		panic(fmt.Sprintf("servertest: %v", err)) //nolint:forbidigo // a test's own mistake, and there is no testing.TB to fail
	}
	md, _ := metadata.FromOutgoingContext(ctx)
	md = metadata.Join(md) // a copy
	md.Set("authorization", "Bearer "+token)
	ctx = metadata.NewOutgoingContext(ctx, md)
	return access.With(ctx, access.Principal{Subject: subject, Grants: grants, Token: token})
}

func mint(subject string, grants []*accessv1.Grant) (string, error) {
	i, err := testIssuer()
	if err != nil {
		return "", err
	}
	return i.Mint(subject, grants, time.Hour)
}

// Grant returns a grant of a role, optionally bound to an area and an organization.
func Grant(role accessv1.Grant_Role, areaAndOrganization ...string) *accessv1.Grant {
	g := &accessv1.Grant{Role: role}
	for n, value := range areaAndOrganization {
		if n == 0 {
			g.Area = value
		} else {
			g.Organization = value
		}
	}
	return g
}

// Verifier returns a verifier that accepts the tokens of [As].
func Verifier(tb testing.TB) access.Verifier {
	tb.Helper()
	i, err := testIssuer()
	if err != nil {
		tb.Fatal(err)
	}
	v, err := i.Verifier()
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// testIssuer returns the same issuer in every test process. Its key is derived from a published seed and protects
// nothing.
func testIssuer() (*issuer.Issuer, error) {
	seed := [ed25519.SeedSize]byte([]byte("wancun servertest: not a secret."))
	return issuer.New(issuer.Config{
		URL: "https://issuer.test", Audience: "wancun", Keys: []ed25519.PrivateKey{ed25519.NewKeyFromSeed(seed[:])},
		Clock: time.Now, Random: rand.Reader,
	})
}

// Logger returns a logger that writes to the output of the test. It drops lines logged after the test has ended, as by
// a handler whose caller has gone.
func Logger(tb testing.TB) *slog.Logger {
	w := &testOutput{to: tb.Output()}
	tb.Cleanup(w.close)
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

type testOutput struct {
	mu sync.Mutex
	to io.Writer // nil once the test has ended
}

func (o *testOutput) Write(line []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.to == nil {
		return len(line), nil
	}
	return o.to.Write(line)
}

func (o *testOutput) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.to = nil
}
