package demo

import (
	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
)

const (
	disputed = 30  // deliveries that villages dispute
	open     = 295 // deliveries that villages have not answered; with the disputed about a tenth of all
	amended  = 24  // confirmed deliveries that were first recorded wrongly
	doubled  = 18  // confirmed deliveries that were recorded a second time, which is void
)

// outcomes chooses the final states of the deliveries. Void deliveries are added to the list and do not count in the
// sums; amended ones count with their corrected amounts.
func (g *generator) outcomes(list []Delivery) []Delivery {
	order := g.rng.Perm(len(list))
	for at, i := range order {
		d := &list[i]
		switch confirmed := at - disputed - open; {
		case at < disputed:
			d.State, d.Reason = actionv1.Delivery_DISPUTED, "示例：实收少于记录"
		case confirmed < 0:
			d.State = actionv1.Delivery_RECORDED
		case confirmed < amended:
			d.State = actionv1.Delivery_CONFIRMED
			amend(d)
		default:
			d.State = actionv1.Delivery_CONFIRMED
		}
	}
	for _, i := range order[len(order)-doubled:] {
		list = append(list, second(list[i]))
	}
	return list
}

// amend multiplies the first recorded amounts by ten and keeps the right ones as the correction.
func amend(d *Delivery) {
	d.Amended = proto.CloneOf(d.Request.GetDelivery())
	d.Request.Delivery.Quantity *= 10
	d.Request.Delivery.ValueFen *= 10
}

// second returns the same delivery recorded a second time, by mistake.
func second(d Delivery) Delivery {
	again := proto.CloneOf(d.Request)
	again.DeliveryId = identity("second", d.Request.GetDeliveryId())
	return Delivery{Request: again, State: actionv1.Delivery_VOID, Reason: "示例：重复录入"}
}
