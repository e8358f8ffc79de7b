package peers

import (
	"time"

	"google.golang.org/grpc/codes"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/recent"
)

// Maximum numbers of cached answers.
const (
	maxOrganizations = 50_000
	maxScopes        = 1_000
)

// Peers calls org and village. It is safe for concurrent use.
type Peers struct {
	organizations orgv1.OrganizationServiceClient
	scopes        villagev1.ScopeServiceClient
	approved      *recent.Answers[seen, struct{}]
	memberships   *recent.Answers[string, *Membership]
}

// seen is a cache key. It includes the caller, because callers may see different organizations.
type seen struct{ subject, organization string }

// New returns the peers behind these clients, which must send the originating caller's token along. Cached answers
// expire by clock.
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

// notFound returns the resource name of a NOT_FOUND error.
func notFound(err error) (string, bool) {
	e, ok := fault.From(err)
	if !ok || e.Code() != codes.NotFound {
		return "", false
	}
	return e.Resource(), true
}

// At sets the field of a FAILED_PRECONDITION error to the field of the current request that the peer's answer is about.
// It returns all other errors unchanged, since they are about the peer.
func At(field string, err error) error {
	if e, ok := fault.From(err); ok && e.Code() == codes.FailedPrecondition {
		return e.At(field)
	}
	return err
}
