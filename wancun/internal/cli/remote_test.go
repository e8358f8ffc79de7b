package cli_test

import (
	"net"
	"testing"
	"testing/synctest"

	"github.com/wancun/wancun/wancun/internal/cli"
)

// TestAServerThatSendsFirstIsNotReadBeforeTheRequest covers polite: without it, Go's HTTP client would log the
// greeting of a gRPC server as an unsolicited response.
func TestAServerThatSendsFirstIsNotReadBeforeTheRequest(t *testing.T) {
	for name, act := range map[string]func(net.Conn){
		"it is asked":  func(c net.Conn) { _, _ = c.Write([]byte("GET")) },
		"it is let go": func(c net.Conn) { _ = c.Close() },
	} {
		t.Run("until "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				go func() { _, _ = theirs.Write([]byte("SETTINGS")) }()
				go func() { _, _ = theirs.Read(make([]byte, 8)) }()
				probe, reported := cli.Polite(ours), false
				go func() {
					_, _ = probe.Read(make([]byte, 8))
					reported = true
				}()
				synctest.Wait()
				if reported {
					t.Error("it was reported at once")
				}
				act(probe)
				synctest.Wait()
				if !reported {
					t.Error("it is not reported")
				}
				_ = probe.Close()
				_ = theirs.Close()
			})
		})
	}
}
