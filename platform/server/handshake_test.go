package server_test

import (
	"crypto/tls"
	"net"
	"strings"
	"testing"

	"github.com/wancun/wancun/platform/server"
	"github.com/wancun/wancun/platform/server/mtls/mtlstest"
)

func TestAPeerThatIsRefusedIsNamedInTheLogOnceInAMinute(t *testing.T) {
	ours := mtlstest.New(t)
	village, stranger := ours.Identity("village").Client("org"), mtlstest.New(t).Identity("gateway").Client("org")
	stranger.InsecureSkipVerify, stranger.VerifyConnection = true, nil
	log := &logBook{}
	s := newServer(t, server.Config{}, func(d *server.Deps) {
		logTo(log)(d)
		d.TLS = ours.Identity("org").Server("gateway", "action")
	})
	refuse(t, s, []*tls.Config{village, village, stranger, stranger, village})
	text := log.String()
	for _, refused := range []string{`names=[village] accepted="[gateway action]"`, "unknown authority", "level=WARN"} {
		want := 1
		if refused == "level=WARN" {
			want = 2 // one line for each peer
		}
		if got := strings.Count(text, refused); got != want {
			t.Errorf("%d lines with %s, want %d:\n%s", got, refused, want, text)
		}
	}
}

// refuse lets the callers connect to a server that refuses them, and returns when the server has ended.
func refuse(t *testing.T, s *server.Server, callers []*tls.Config) {
	t.Helper()
	address, stop := listening(t, s)
	for _, c := range callers {
		refused(t, address, c)
	}
	stop()
}

// refused connects and expects to be refused.
func refused(t *testing.T, address string, c *tls.Config) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	c.NextProtos = []string{"h2"}
	if _, err := tls.Client(conn, c).Read(make([]byte, 1)); err == nil || !strings.Contains(err.Error(), "tls: ") {
		t.Errorf("the server answers with %v", err)
	}
}
