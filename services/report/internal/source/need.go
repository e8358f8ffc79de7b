package source

import (
	"strings"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// Needs returns the source of the needs of villages. A need counts once it is submitted. A returned need counts nowhere
// until it is submitted again. It counts for the campaigns in whose scope its village is.
func Needs() facts.Source {
	return facts.From(facts.Source{Name: "needs", Stages: []facts.Stage{facts.Submitted, facts.Verified}, Dimensions: []facts.Dimension{facts.Village}, Scoped: true},
		func(name string, n *villagev1.Need) ([]facts.Fact, error) {
			parent, _, _ := strings.Cut(name, "/needs/")
			village, err := coded(parent, "villages/")
			return []facts.Fact{{
				Attributes: facts.Attrs("category", n.GetCategory(), "unit", n.GetUnit()), Stages: checked(n.GetState()),
				Place: village, Day: day.Number(n.GetSurveyDate()), Quantity: n.GetQuantity(),
			}}, err
		})
}

func checked(s villagev1.Need_State) facts.Stages {
	switch s {
	case villagev1.Need_SUBMITTED:
		return facts.In(facts.Submitted)
	case villagev1.Need_VERIFIED:
		return facts.In(facts.Submitted, facts.Verified)
	default:
		return 0
	}
}
