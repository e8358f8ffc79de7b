package source

import (
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// Actions returns the source of the special actions of campaigns.
func Actions() facts.Source {
	return facts.From(facts.Source{Name: "actions", Stages: []facts.Stage{facts.Recorded}}, func(name string, c *actionv1.Campaign) ([]facts.Fact, error) {
		actions := make([]facts.Fact, len(c.GetActions()))
		for i, a := range c.GetActions() {
			actions[i] = facts.Fact{Parent: name, Action: a.GetId(), Stages: facts.In(facts.Recorded), Day: day.Number(c.GetStartDate())}
		}
		return actions, nil
	})
}
