package demo

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/day"
)

// target is the total of an indicator and its division into deliveries.
type target struct {
	action, indicator string
	total             int64 // in the indicator's unit: the notice's figure, or slightly more where it says "more than"
	step              int64 // every delivery is a multiple of this
	parts             int   // number of deliveries
	measure           actionv1.Delivery_Measure
	people, per       int64 // an amount of per has this many beneficiaries: people
	note              string
}

// targets divides the notice's figures. Every amount in yuan is whole. The first target of each action has a delivery
// on every trip, so that no trip is without a delivery.
func targets() []target {
	const none, cash, goods, service = actionv1.Delivery_MEASURE_UNSPECIFIED, actionv1.Delivery_CASH,
		actionv1.Delivery_GOODS, actionv1.Delivery_SERVICE
	return []target{
		{"bright", "BR02", 15_236, 1, 306, none, 1, 1, "白内障筛查"},
		{"bright", "BR01", 43, 1, 43, none, 45, 1, "义诊"},
		{"bright", "BR03", 1_459, 1, 204, none, 4, 5, "复明手术"},
		{"sweet", "SW01", 23_418, 1, 306, none, 1, 1, "糖尿病筛查"},
		{"sweet", "SW02", 10_450, 1, 204, none, 1, 1, "科普资料"},
		{"sweet", "SW03", 152, 1, 76, none, 1, 1, "培训村医"},
		{"sweet", "SW04", 306_500, 500, 61, service, 1, 3_000, "救助肾病患者"},
		{"hope", "HP03", 1_036, 1, 204, none, 1, 1, "资助困难学生"},
		{"hope", "HP01", 3_060, 1, 102, none, 1, 1, "校服"},
		{"hope", "HP02", 13_012_400, 100, 153, goods, 1, 600, "体育学习器材"},
		{"hope", "HP04", 580_000, 1_000, 153, cash, 1, 3_000, "助学金"},
		{"agritech", "AG04", 214, 1, 204, none, 8, 1, "到村技术指导"},
		{"agritech", "AG01", 704_300, 100, 153, goods, 1, 400, "化肥农药"},
		{"agritech", "AG02", 200, 1, 100, none, 6, 1, "小型农机"},
		{"agritech", "AG03", 59, 1, 40, none, 20, 1, "农技专家"},
		{"agritech", "AG05", 4_120, 1, 153, none, 1, 1, "农技服务指南"},
		{"agritech", "AG06", 312, 1, 204, none, 30, 1, "农技培训"},
		{"handinhand", "HH01", 753, 1, 204, none, 16, 5, "结对帮扶"},
		{"handinhand", "HH02", 765_000, 500, 204, cash, 1, 320, "慰问金"},
		{"handinhand", "HH03", 803_900, 100, 204, goods, 1, 320, "生活物资"},
	}
}

// trip is a visit of an organization to a village for one action.
type trip struct {
	organization organization
	place        place
	day          time.Time
}

// deliveries divides every target over the trips of its action, and records the deliveries in the order of their days.
func (g *generator) deliveries(organizations []organization, places []place) {
	trips := make(map[string][]trip)
	var list []*actionv1.CreateDeliveryRequest
	for _, t := range targets() {
		if trips[t.action] == nil {
			trips[t.action] = g.trips(t.parts, goingOn(t.action, organizations), places)
		}
		of := trips[t.action]
		for i, amount := range g.split(t.total, t.step, t.parts) {
			list = append(list, t.delivery(i, amount, of[i*len(of)/t.parts]))
		}
	}
	slices.SortStableFunc(list, func(a, b *actionv1.CreateDeliveryRequest) int {
		return cmp.Compare(day.Number(a.GetDelivery().GetDeliveryDate()), day.Number(b.GetDelivery().GetDeliveryDate()))
	})
	g.outcomes(list)
}

// trips takes the villages and the organizations in turn. Each trip is on a day between the village's joining and the
// last days of the campaign.
func (g *generator) trips(n int, organizations []organization, places []place) []trip {
	last := time.Date(2019, time.December, 15, 0, 0, 0, 0, time.UTC)
	order := g.rng.Perm(len(places))
	trips := make([]trip, n)
	for i := range trips {
		p := places[order[i%len(order)]]
		days := int(last.Sub(p.joined).Hours()) / 24
		trips[i] = trip{organizations[i%len(organizations)], p, p.joined.AddDate(0, 0, g.between(0, days))}
	}
	return trips
}

// split divides a total into the given number of parts of different sizes, each a positive multiple of step.
func (g *generator) split(total, step int64, parts int) []int64 {
	weights := make([]int64, parts)
	var sum int64
	for i := range weights {
		weights[i] = int64(g.between(50, 150))
		sum += weights[i]
	}
	amounts := make([]int64, parts)
	spare := total/step - int64(parts) // beyond one step for each part
	left := spare
	for i := range amounts {
		share := spare * weights[i] / sum
		amounts[i] = (1 + share) * step
		left -= share
	}
	for i := range left { // rounding leaves fewer steps than there are parts
		amounts[i] += step
	}
	return amounts
}

// delivery returns the request that records a part of the target.
func (t target) delivery(number int, amount int64, on trip) *actionv1.CreateDeliveryRequest {
	d := &actionv1.Delivery{
		Action: t.action, Indicator: t.indicator,
		Organization: "organizations/" + on.organization.uscc, Village: on.place.village(), DeliveryDate: day.At(on.day).Date(),
		Beneficiaries: max(1, amount*t.people/t.per), Note: "示例：" + t.note,
	}
	if t.measure == actionv1.Delivery_MEASURE_UNSPECIFIED {
		d.Quantity = amount
	} else {
		d.ValueFen, d.Measure = amount*100, t.measure
	}
	return &actionv1.CreateDeliveryRequest{
		Parent: "campaigns/" + CampaignID, Delivery: d, DeliveryId: identity("delivery", t.indicator, strconv.Itoa(number)),
	}
}
