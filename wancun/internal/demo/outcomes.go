package demo

import (
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
)

const (
	disputed = 30  // deliveries that villages dispute
	open     = 295 // deliveries that villages have not answered; with the disputed about a tenth of all
	amended  = 24  // confirmed deliveries that were first recorded wrongly
	doubled  = 18  // confirmed deliveries that were recorded a second time, which is void

	perBatch = 500 // deliveries per call
)

// outcomes records the deliveries and chooses their final states. Void deliveries are recorded in addition and do not
// count in the sums; amended ones count with their corrected amounts.
func (g *generator) outcomes(list []*actionv1.CreateDeliveryRequest) {
	const answers = "answers of the villages"
	var order []*actionv1.CreateDeliveryRequest
	for _, i := range g.rng.Perm(len(list)) {
		order = append(order, list[i])
	}
	refused, confirmed := order[:disputed], order[disputed+open:]
	var corrections []*actionv1.UpdateDeliveryRequest
	for _, r := range confirmed[:amended] {
		corrections = append(corrections, misrecord(r))
	}
	again := copies(confirmed[len(confirmed)-doubled:])
	g.record("deliveries", list)
	g.record("deliveries recorded twice", again)
	for _, r := range corrections {
		g.call("corrections", office, actionv1.DeliveryService_UpdateDelivery_FullMethodName, r)
	}
	for _, r := range again {
		g.call("corrections", office, actionv1.DeliveryService_VoidDelivery_FullMethodName,
			&actionv1.VoidDeliveryRequest{Name: nameOf(r), Reason: "示例：重复录入"})
	}
	for _, r := range refused {
		g.call(answers, team(r.GetDelivery().GetVillage()), actionv1.DeliveryService_DisputeDelivery_FullMethodName,
			&actionv1.DisputeDeliveryRequest{Name: nameOf(r), Reason: "示例：实收少于记录"})
	}
	for _, r := range confirmed {
		g.call(answers, team(r.GetDelivery().GetVillage()), actionv1.DeliveryService_ConfirmDelivery_FullMethodName,
			&actionv1.ConfirmDeliveryRequest{Name: nameOf(r)})
	}
}

// record records deliveries in batches. Among thousands of examples some are alike, which the caller acknowledges.
func (g *generator) record(stage string, list []*actionv1.CreateDeliveryRequest) {
	for rows := range slices.Chunk(list, perBatch) {
		g.call(stage, office, actionv1.DeliveryService_BatchCreateDeliveries_FullMethodName, &actionv1.BatchCreateDeliveriesRequest{
			Parent: rows[0].GetParent(), Requests: rows, Acknowledge: []string{"LIKELY_DUPLICATE"},
		})
	}
}

func nameOf(r *actionv1.CreateDeliveryRequest) string {
	return r.GetParent() + "/deliveries/" + r.GetDeliveryId()
}

// misrecord multiplies the recorded amount by ten, and returns the correction.
func misrecord(r *actionv1.CreateDeliveryRequest) *actionv1.UpdateDeliveryRequest {
	right := proto.CloneOf(r.GetDelivery())
	right.Name = nameOf(r)
	path := "quantity"
	if right.GetValueFen() != 0 {
		path = "value_fen"
	}
	r.Delivery.Quantity *= 10
	r.Delivery.ValueFen *= 10
	return &actionv1.UpdateDeliveryRequest{Delivery: right, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{path}}}
}

// copies returns the same deliveries under other ids.
func copies(list []*actionv1.CreateDeliveryRequest) []*actionv1.CreateDeliveryRequest {
	var again []*actionv1.CreateDeliveryRequest
	for _, r := range list {
		second := proto.CloneOf(r)
		second.DeliveryId = identity("second", r.GetDeliveryId())
		again = append(again, second)
	}
	return again
}
