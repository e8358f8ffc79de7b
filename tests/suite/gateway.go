package suite

import (
	"path/filepath"
	"testing"

	"github.com/wancun/wancun/platform/client/rest"
)

// Join returns a suite that another process has started: rest is its URL, dir the directory with its issuer's key, and
// issuer the issuer's name. All calls go through its gateway.
func Join(tb testing.TB, rest, dir, issuer string) *Suite {
	tb.Helper()
	return (&Suite{Options: Options{Dir: dir}, REST: rest, issuer: openIssuer(tb, filepath.Join(dir, "keys"), issuer)}).ByREST(tb)
}

// ByREST returns the same suite with a Conn whose unary calls go through the gateway. If the gateway does not answer,
// the error is UNAVAILABLE.
func (s *Suite) ByREST(tb testing.TB) *Suite {
	tb.Helper()
	through := *s
	through.Conn = rest.New(s.REST, browser)
	return &through
}
