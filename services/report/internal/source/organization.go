package source

import (
	"strings"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// Organizations are those in the register, at the place of the body that registered them, on the day on which they were entered.
// Their attributes are those of the members of the dimension [facts.Organization].
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
