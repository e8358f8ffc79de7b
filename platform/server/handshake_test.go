package server_test

import (
	"crypto/tls"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/wancun/wancun/platform/server"
	"github.com/wancun/wancun/platform/server/mtls/mtlstest"
	"github.com/wancun/wancun/platform/servertest"
)

func TestAPeerThatIsRefusedIsNamedInTheLogOnceInAMinute(t *testing.T) {
	ours := mtlstest.New(t)
	village, stranger := ours.Identity("village").Client("org"), mtlstest.New(t).Identity("gateway").Client("org")
	stranger.InsecureSkipVerify, stranger.VerifyConnection = true, nil
	callers := []*tls.Config{village, village, stranger, stranger, village}
	const named, unknown = `names=[village] accepted="[gateway action]"`, "unknown authority"
	for story, c := range map[string]struct {
		between            time.Duration // what the clock says between one look and the next
		villages, unknowns int
	}{
		"within a minute": {0, 1, 1},
		"a minute apart":  {time.Minute, 3, 2},
	} {
		t.Run(story, func(t *testing.T) {
			clock, log := servertest.NewClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)), &logBook{}
			s := newServer(t, server.Config{}, func(d *server.Deps) {
				logTo(log)(d)
				d.TLS = ours.Identity("org").Server("gateway", "action")
				d.Clock = func() time.Time { clock.Advance(c.between); return clock.Now() }
			})
			refuse(t, s, callers)
			text := log.String()
			if strings.Count(text, named) != c.villages || strings.Count(text, unknown) != c.unknowns ||
				strings.Count(text, "level=WARN") != c.villages+c.unknowns {
				t.Errorf("want village refused %d times and a stranger %d times in the log:\n%s", c.villages, c.unknowns, text)
			}
		})
	}
}

// refuse lets the callers knock, and returns when the server has ended.
func refuse(t *testing.T, s *server.Server, callers []*tls.Config) {
	t.Helper()
	address, stop := listening(t, s)
	for _, c := range callers {
		knock(t, address, c)
	}
	stop()
}

// knock connects and is sent away.
func knock(t *testing.T, address string, c *tls.Config) {
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
