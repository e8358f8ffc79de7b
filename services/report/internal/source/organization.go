package source

import (
	"strings"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// Organizations returns the source of the organizations in the register. Their place is the division of the registering
// body; their day is the day of registration. Filters on the members of [facts.Organization] use their attributes.
func Organizations() facts.Source {
	return facts.From(facts.Source{Name: "organizations", Stages: []facts.Stage{facts.Recorded, facts.Approved}},
		func(name string, o *orgv1.Organization) ([]facts.Fact, error) {
			division, err := coded(o.GetDivision(), "divisions/")
			reached := facts.In(facts.Recorded)
			if o.GetState() == orgv1.Organization_APPROVED {
				reached = facts.In(facts.Recorded, facts.Approved)
			}
			return []facts.Fact{{
				Attributes: facts.Attrs("level", o.GetLevel().String(), "type", o.GetType().String()), Stages: reached,
				Place: division, Day: day.Today(o.GetCreateTime().AsTime()), Organization: strings.TrimPrefix(name, "organizations/"),
			}}, err
		})
}
