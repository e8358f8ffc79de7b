package suite

import (
	"path/filepath"
	"testing"

	"github.com/wancun/wancun/platform/client/rest"
)

// Join is a suite that somebody else has started: its REST, the directory with its issuer's key, and the issuer's name. All
// calls go through its gateway.
func Join(tb testing.TB, rest, dir, issuer string) *Suite {
	tb.Helper()
	return (&Suite{Options: Options{Dir: dir}, REST: rest, issuer: openIssuer(tb, filepath.Join(dir, "keys"), issuer)}).ByREST(tb)
}

// ByREST is the same suite with a Conn whose unary calls go through the gateway, as those of a program that speaks REST
// alone. Whatever keeps the gateway from answering is UNAVAILABLE.
func (s *Suite) ByREST(tb testing.TB) *Suite {
	tb.Helper()
	through := *s
	through.Conn = rest.New(s.REST, browser)
	return &through
}
