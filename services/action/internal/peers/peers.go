package peers

import (
	"time"

	"google.golang.org/grpc/codes"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/recent"
)

// Bounds on what is kept.
const (
	maxOrganizations = 50_000
	maxScopes        = 1_000
)

// Peers asks org and village. It is safe for concurrent use.
type Peers struct {
	organizations orgv1.OrganizationServiceClient
	scopes        villagev1.ScopeServiceClient
	approved      *recent.Answers[seen, struct{}]
	memberships   *recent.Answers[string, *Membership]
}

// seen is an organization as one caller saw it.
type seen struct{ subject, organization string }

// New returns the peers behind these clients, which send the originating caller's token along. What is kept grows old by
// clock.
func New(organizations orgv1.OrganizationServiceClient, scopes villagev1.ScopeServiceClient, clock func() time.Time) (*Peers, error) {
	approved, err := recent.New[seen, struct{}](maxOrganizations, clock)
	if err != nil {
		return nil, err
	}
	memberships, err := recent.New[string, *Membership](maxScopes, clock)
	if err != nil {
		return nil, err
	}
	return &Peers{organizations: organizations, scopes: scopes, approved: approved, memberships: memberships}, nil
}

// notFound tells which resource a peer did not find.
func notFound(err error) (string, bool) {
	e, ok := fault.From(err)
	if !ok || e.Code() != codes.NotFound {
		return "", false
	}
	return e.Resource(), true
}

// At names the field of one's own request that a peer's answer is about. Other errors than FAILED_PRECONDITION are about
// the peer and are returned as they are.
func At(field string, err error) error {
	if e, ok := fault.From(err); ok && e.Code() == codes.FailedPrecondition {
		return e.At(field)
	}
	return err
}
