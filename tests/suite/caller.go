package suite

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc/metadata"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/access/issuer"
)

// Issuer and Audience are the issuer and the audience in the tokens of wancun up.
const (
	Issuer   = "https://wancun.invalid"
	Audience = "wancun"
)

// openIssuer opens the issuer whose key is in a directory. Its tokens are those of `wancun token`, without a process
// for each token.
func openIssuer(tb testing.TB, keys, url string) *issuer.Issuer {
	tb.Helper()
	signing, err := issuer.LoadKeys(filepath.Join(keys, "issuer.pem"), rand.Reader)
	if err != nil {
		tb.Fatalf("read the issuer's key: %v", err)
	}
	i, err := issuer.New(issuer.Config{URL: url, Audience: Audience, Keys: signing, Clock: time.Now, Random: rand.Reader})
	if err != nil {
		tb.Fatalf("open issuer: %v", err)
	}
	return i
}

// Token returns a token that is valid for an hour.
func (s *Suite) Token(tb testing.TB, subject string, grants ...*accessv1.Grant) string {
	tb.Helper()
	token, err := s.issuer.Mint(subject, grants, time.Hour)
	if err != nil {
		tb.Fatalf("mint token: %v", err)
	}
	return token
}

// As returns a context for gRPC calls as a subject with grants.
func (s *Suite) As(tb testing.TB, subject string, grants ...*accessv1.Grant) context.Context {
	tb.Helper()
	return WithToken(tb.Context(), s.Token(tb, subject, grants...))
}

// WithToken returns a context for gRPC calls with a token. An empty token is not sent.
func WithToken(ctx context.Context, token string) context.Context {
	if token == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
}

// Everywhere returns a grant of a role for every place.
func Everywhere(role accessv1.Grant_Role) *accessv1.Grant { return &accessv1.Grant{Role: role} }

// In returns a grant of a role for an area.
func In(area string, role accessv1.Grant_Role) *accessv1.Grant {
	return &accessv1.Grant{Role: role, Area: area}
}

// Of returns a grant of the manager role for an organization.
func Of(uscc string) *accessv1.Grant {
	return &accessv1.Grant{Role: accessv1.Grant_ORGANIZATION_MANAGER, Organization: uscc}
}
