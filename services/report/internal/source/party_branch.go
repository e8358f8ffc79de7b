package source

import (
	"errors"
	"strings"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// PartyBranches returns the source of the party branches of organizations. Their quantity is the number of members; their
// day is the day of founding. A dissolved branch counts nowhere. Branches have no place of their own.
func PartyBranches() facts.Source {
	return facts.From(facts.Source{Name: "party_branches", Stages: []facts.Stage{facts.Recorded}, Dimensions: []facts.Dimension{facts.Organization}},
		func(name string, b *orgv1.PartyBranch) ([]facts.Fact, error) {
			organization, _, found := strings.Cut(strings.TrimPrefix(name, "organizations/"), "/partyBranches/")
			if !found {
				return nil, errors.New("not the name of a party branch")
			}
			if b.GetState() == orgv1.PartyBranch_DISSOLVED {
				return nil, nil
			}
			return []facts.Fact{{
				Stages: facts.In(facts.Recorded), Day: day.Number(b.GetFoundingDate()), Quantity: b.GetMemberCount(), Organization: organization,
			}}, nil
		})
}
