package source

import (
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// ScopeMembers returns the source of the villages in scopes, each for the days of its membership.
func ScopeMembers() facts.Source {
	return facts.From(facts.Source{Name: "scope_members", Stages: []facts.Stage{facts.Recorded}, Dimensions: []facts.Dimension{facts.Village}, Lasting: true},
		func(name string, s *villagev1.Scope) ([]facts.Fact, error) {
			members := make([]facts.Fact, len(s.GetMembers()))
			for i, m := range s.GetMembers() {
				village, err := coded(m.GetVillage(), "villages/")
				if err != nil {
					return nil, err
				}
				until := day.Never
				if m.GetValidTo() != nil {
					until = day.Number(m.GetValidTo())
				}
				members[i] = facts.Fact{Parent: name, Stages: facts.In(facts.Recorded), Place: village, Day: day.Number(m.GetValidFrom()), Until: until}
			}
			return members, nil
		})
}
