package source

import (
	"errors"
	"strings"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/services/report/internal/facts"
)

// Deliveries returns the source of deliveries. A confirmed or disputed delivery also counts as recorded; a void one
// counts nowhere.
func Deliveries() facts.Source {
	return facts.From(facts.Source{Name: "deliveries", Stages: []facts.Stage{facts.Recorded, facts.Confirmed, facts.Disputed}, Dimensions: []facts.Dimension{facts.Organization, facts.Village}},
		func(name string, d *actionv1.Delivery) ([]facts.Fact, error) {
			campaign, _, found := strings.Cut(name, "/deliveries/")
			if !found {
				return nil, errors.New("not the name of a delivery")
			}
			village, err := coded(d.GetVillage(), "villages/")
			return []facts.Fact{{
				Parent: campaign, Action: d.GetAction(), Indicator: d.GetIndicator(), Measure: facts.Measure(d.GetMeasure()),
				Stages: answered(d.GetState()), Place: village, Day: day.Number(d.GetDeliveryDate()), Quantity: d.GetQuantity(), Fen: d.GetValueFen(),
				Organization: strings.TrimPrefix(d.GetOrganization(), "organizations/"),
			}}, err
		})
}

func answered(s actionv1.Delivery_State) facts.Stages {
	switch s {
	case actionv1.Delivery_VOID:
		return 0
	case actionv1.Delivery_CONFIRMED:
		return facts.In(facts.Recorded, facts.Confirmed)
	case actionv1.Delivery_DISPUTED:
		return facts.In(facts.Recorded, facts.Disputed)
	default:
		return facts.In(facts.Recorded)
	}
}
