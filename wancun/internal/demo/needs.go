package demo

import (
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/day"
)

// needs gives each village a few needs of different categories. Their survey dates are before the village joined.
func (g *generator) needs(categories []*actionv1.NeedCategory, places []place) {
	r := &villagev1.BatchCreateNeedsRequest{Parent: "villages/-"}
	g.call("needs", province, villagev1.NeedService_BatchCreateNeeds_FullMethodName, r)
	for _, p := range places {
		surveyed := day.At(p.joined.AddDate(0, 0, -g.between(5, 25))).Date()
		for _, i := range g.rng.Perm(len(categories))[:g.between(3, 5)] {
			c := categories[i]
			n := &villagev1.CreateNeedRequest{
				Parent: p.village(),
				NeedId: identity("need", p.code, c.GetId()),
				Need: &villagev1.Need{
					Category: c.GetId(), Unit: c.GetUnit(), Quantity: g.neededOf(c.GetUnit()),
					Description: "示例需求：" + c.GetDisplayName(), SurveyDate: surveyed,
				},
			}
			r.Requests = append(r.Requests, n)
			g.answer(p, n.GetParent()+"/needs/"+n.GetNeedId())
		}
	}
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

// answer chooses the final state of a need: most are verified; the others are submitted, returned or drafts.
func (g *generator) answer(p place, name string) {
	luck := g.rng.IntN(100)
	if luck >= 92 {
		return
	}
	g.call("submission of needs", team(p.village()), villagev1.NeedService_SubmitNeed_FullMethodName,
		&villagev1.SubmitNeedRequest{Name: name})
	const answers = "verification of needs"
	switch {
	case luck < 75:
		g.call(answers, clerk(p.county()), villagev1.NeedService_VerifyNeed_FullMethodName,
			&villagev1.VerifyNeedRequest{Name: name})
	case luck >= 85:
		g.call(answers, clerk(p.county()), villagev1.NeedService_ReturnNeed_FullMethodName,
			&villagev1.ReturnNeedRequest{Name: name, Reason: "示例：数量缺少依据，请补充调查表"})
	}
}
