package cluster

import (
	"crypto/rand"
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/server/mtls"
	"github.com/wancun/wancun/tests/suite"
)

func TestCertificatesDecideWhoMayConnectAndAreRenewedWhileServing(t *testing.T) {
	certs := filepath.Join(t.TempDir(), "tls")
	suite.MustRun(t, "certs", "--dir", certs, "org", "gateway", "stranger")
	address, org := serveOrg(t, certs)

	if err := callOrg(t, certs, "gateway", address); err != nil {
		t.Errorf("the gateway, which is on the list, is refused: %v", err)
	}
	if err := callOrg(t, certs, "stranger", address); status.Code(err) != codes.Unavailable {
		t.Errorf("a stranger with a certificate of the same authority gets %v", err)
	}
	elsewhere := filepath.Join(t.TempDir(), "tls")
	suite.MustRun(t, "certs", "--dir", elsewhere, "gateway")
	if err := callOrg(t, elsewhere, "gateway", address); status.Code(err) != codes.Unavailable {
		t.Errorf("a gateway of another authority gets %v", err)
	}

	// Certificates renewed by the same authority.
	before := serial(t, certs, address)
	suite.MustRun(t, "certs", "--dir", certs, "org", "gateway")
	if after := serial(t, certs, address); after == before {
		t.Error("the renewed certificate is not presented")
	}
	if err := callOrg(t, certs, "gateway", address); err != nil {
		t.Errorf("after the renewal the gateway is refused: %v", err)
	}
	// Certificates of a new authority.
	for _, name := range []string{"ca.pem", "ca-key.pem", "gateway.pem"} {
		if err := os.Rename(filepath.Join(elsewhere, name), filepath.Join(certs, name)); err != nil {
			t.Fatal(err)
		}
	}
	suite.MustRun(t, "certs", "--dir", certs, "org", "gateway")
	if err := callOrg(t, certs, "gateway", address); err != nil {
		t.Errorf("under the new authority the gateway is refused: %v", err)
	}
	if code := org.signal(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit code = %d", code)
	}
}

// serveOrg runs org on SQLite with the certificates. org accepts only the gateway. serveOrg returns its address.
func serveOrg(t *testing.T, certs string) (string, *running) {
	t.Helper()
	dir, address, ops := t.TempDir(), lentAddress(t), lentAddress(t)
	signer, _, err := journal.GenerateKey("wancun/org", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	database := file("database", "sqlite://"+filepath.Join(dir, "org.db"))
	suite.MustRun(t, "org", "migrate", "--database-url-file", database)
	key := file("key", strings.Repeat("5f", 32))
	org := start(t, "org", "--listen", address, "--ops-listen", ops, "--database-url-file", database,
		"--journal-key-file", file("journal.key", signer), "--page-key-file", key, "--personal-key-file", key,
		"--oidc-issuer", "https://issuer.invalid", "--accept-peers", "gateway", "--drain-wait", "0s",
		"--tls-cert-file", filepath.Join(certs, "org.pem"), "--tls-key-file", filepath.Join(certs, "org-key.pem"), "--tls-ca-file", filepath.Join(certs, "ca.pem"))
	suite.Eventually(t, "org to serve", func() bool { return org.over() || (replica{Ops: ops}).ready(t) })
	return address, org
}

// callOrg calls a public method of org on a new connection, with the certificate of a process.
func callOrg(t *testing.T, certs, name, address string) error {
	t.Helper()
	conn, err := client.Dial("passthrough:///"+address, client.Config{TLS: identity(t, certs, name).Client("org")})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // nothing is left to lose
	_, err = journalv1.NewJournalServiceClient(conn).GetCheckpoint(t.Context(), &journalv1.GetCheckpointRequest{Log: "logs/org"})
	return err
}

// serial returns the serial number of the certificate that org presents at the moment.
func serial(t *testing.T, certs, address string) string {
	t.Helper()
	config := identity(t, certs, "gateway").Client("org")
	config.NextProtos = []string{"h2"}
	conn, err := tls.Dial("tcp", address, config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // nothing is left to lose
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.String()
}

func identity(t *testing.T, certs, name string) *mtls.Identity {
	t.Helper()
	i, err := mtls.Open(mtls.Files{
		Certificate: filepath.Join(certs, name+".pem"), Key: filepath.Join(certs, name+"-key.pem"), Authority: filepath.Join(certs, "ca.pem"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func lentAddress(t *testing.T) string {
	t.Helper()
	address, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}
