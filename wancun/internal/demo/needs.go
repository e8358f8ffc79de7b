package demo

import (
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/day"
)

// needs gives each village a few needs of different categories. Their survey dates are before the village joined.
func (g *generator) needs(categories []*actionv1.NeedCategory, places []place) []Need {
	var needs []Need
	for _, p := range places {
		surveyed := day.At(p.joined.AddDate(0, 0, -g.between(5, 25))).Date()
		for _, i := range g.rng.Perm(len(categories))[:g.between(3, 5)] {
			c := categories[i]
			n := Need{Request: &villagev1.CreateNeedRequest{
				Parent: p.village(),
				NeedId: identity("need", p.code, c.GetId()),
				Need: &villagev1.Need{
					Category: c.GetId(), Unit: c.GetUnit(), Quantity: g.neededOf(c.GetUnit()),
					Description: "示例需求：" + c.GetDisplayName(), SurveyDate: surveyed,
				},
			}}
			g.carry(&n)
			needs = append(needs, n)
		}
	}
	return needs
}

// neededOf returns a plausible random quantity.
func (g *generator) neededOf(unit string) int64 {
	switch unit {
	case "person":
		return int64(g.between(3, 60))
	case "hectare", "tonne":
		return int64(g.between(2, 40))
	default:
		return int64(g.between(1, 3))
	}
}

// carry sets the final state of a need: most are verified; the others are submitted, returned or drafts.
func (g *generator) carry(n *Need) {
	switch luck := g.rng.IntN(100); {
	case luck < 75:
		n.State = villagev1.Need_VERIFIED
	case luck < 85:
		n.State = villagev1.Need_SUBMITTED
	case luck < 92:
		n.State = villagev1.Need_RETURNED
		n.ReturnReason = "示例：数量缺少依据，请补充调查表"
	default:
		n.State = villagev1.Need_DRAFT
	}
}
