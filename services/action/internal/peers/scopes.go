package peers

import (
	"context"
	"fmt"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/recent"
)

// Membership is a scope, indexed for lookups. It is immutable.
type Membership struct {
	spans map[string][]span
}

// span is the duration of a membership: from its first day up to, but excluding, `to`.
type span struct{ from, to day.Day }

// NewMembership indexes a scope. It skips members with an invalid first date; the village service accepts none.
func NewMembership(s *villagev1.Scope) *Membership {
	spans := make(map[string][]span, len(s.GetMembers()))
	for _, m := range s.GetMembers() {
		from, ok := day.Of(m.GetValidFrom())
		if !ok {
			continue
		}
		to := day.Never
		if m.GetValidTo() != nil {
			to, _ = day.Of(m.GetValidTo())
		}
		spans[m.GetVillage()] = append(spans[m.GetVillage()], span{from, to})
	}
	return &Membership{spans: spans}
}

// Holds reports whether the village with this resource name is in the scope on a day. The cost does not depend on the
// size of the scope.
func (m *Membership) Holds(village string, on day.Day) bool {
	for _, s := range m.spans[village] {
		if s.from <= on && on < s.to {
			return true
		}
	}
	return false
}

// Membership returns the memberships of the scope with this resource name, or FAILED_PRECONDITION if there is no such
// scope.
func (p *Peers) Membership(ctx context.Context, age recent.Age, scope string) (*Membership, error) {
	return p.memberships.Get(ctx, age, scope, p.askScope)
}

func (p *Peers) askScope(ctx context.Context, scope string) (*Membership, error) {
	s, err := p.scopes.GetScope(ctx, &villagev1.GetScopeRequest{Name: scope})
	if _, absent := notFound(err); absent {
		return nil, fault.Precondition(scope, "SCOPE_UNKNOWN", "%s does not exist", scope)
	}
	if err != nil {
		return nil, fmt.Errorf("ask village for a scope: %w", err)
	}
	return NewMembership(s), nil
}
