package demo

import (
	"context"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"
)

// moving returns the needs that do not stay drafts.
func (d Data) moving() []Need {
	return slices.DeleteFunc(slices.Clone(d.Needs), func(n Need) bool {
		return n.State == villagev1.Need_DRAFT
	})
}

// answered returns the deliveries that are answered or voided after they were recorded.
func (d Data) answered() []Delivery {
	return slices.DeleteFunc(slices.Clone(d.Deliveries), func(d Delivery) bool {
		return d.State == actionv1.Delivery_RECORDED
	})
}

// calls counts the steps that Load reports. Submitting and verifying a need is one step, and so is amending and
// confirming a delivery.
func (d Data) calls() int {
	const single = 8 // divisions, villages, scope, organizations, party branches, campaign, needs, statements
	return single + len(d.Organizations.GetRequests()) + len(d.moving()) +
		(len(d.Deliveries)+chunk-1)/chunk + len(d.answered())
}

func (l *loader) needs(ctx context.Context) error {
	r := &villagev1.BatchCreateNeedsRequest{Parent: "villages/-", RequestId: identity("needs"), SkipIdentical: true}
	for _, n := range l.data.Needs {
		r.Requests = append(r.Requests, n.Request)
	}
	_, err := l.Needs.BatchCreateNeeds(l.people.province(ctx), r)
	return l.one(err)
}

func (l *loader) needSteps(ctx context.Context) error {
	return each(ctx, l.progress, l.data.moving(), l.moveNeed)
}

// moveNeed submits a need as the village, then verifies or returns it as the county.
func (l *loader) moveNeed(ctx context.Context, n Need) error {
	name := n.Name()
	_, err := l.Needs.SubmitNeed(l.people.teams[n.Request.GetParent()](ctx), &villagev1.SubmitNeedRequest{
		Name: name, RequestId: identity("submit", name),
	})
	if err != nil {
		return fmt.Errorf("submit %s: %w", name, err)
	}
	county := l.people.county(n.Request.GetParent())
	switch n.State {
	case villagev1.Need_VERIFIED:
		_, err = l.Needs.VerifyNeed(county(ctx), &villagev1.VerifyNeedRequest{
			Name: name, RequestId: identity("verify", name),
		})
	case villagev1.Need_RETURNED:
		_, err = l.Needs.ReturnNeed(county(ctx), &villagev1.ReturnNeedRequest{
			Name: name, RequestId: identity("return", name), Reason: n.ReturnReason,
		})
	}
	if err != nil {
		return fmt.Errorf("answer for %s: %w", name, err)
	}
	return nil
}

func (l *loader) answers(ctx context.Context) error {
	return each(ctx, l.progress, l.data.answered(), l.answer)
}

// answer brings a delivery to its final state: the office amends and voids, the village confirms and disputes.
func (l *loader) answer(ctx context.Context, d Delivery) error {
	if d.Amended != nil {
		if err := l.amend(ctx, d); err != nil {
			return err
		}
	}
	name := d.Name()
	team := l.people.teams[d.Request.GetDelivery().GetVillage()]
	var err error
	switch d.State {
	case actionv1.Delivery_CONFIRMED:
		_, err = l.Deliveries.ConfirmDelivery(team(ctx), &actionv1.ConfirmDeliveryRequest{
			Name: name, RequestId: identity("confirm", name),
		})
	case actionv1.Delivery_DISPUTED:
		_, err = l.Deliveries.DisputeDelivery(team(ctx), &actionv1.DisputeDeliveryRequest{
			Name: name, RequestId: identity("dispute", name), Reason: d.Reason,
		})
	case actionv1.Delivery_VOID:
		_, err = l.Deliveries.VoidDelivery(l.people.office(ctx), &actionv1.VoidDeliveryRequest{
			Name: name, RequestId: identity("void", name), Reason: d.Reason,
		})
	}
	if err != nil {
		return fmt.Errorf("answer for %s: %w", name, err)
	}
	return nil
}

func (l *loader) amend(ctx context.Context, d Delivery) error {
	corrected := proto.CloneOf(d.Amended)
	corrected.Name = d.Name()
	path := "quantity"
	if corrected.GetValueFen() != 0 {
		path = "value_fen"
	}
	_, err := l.Deliveries.UpdateDelivery(l.people.office(ctx), &actionv1.UpdateDeliveryRequest{
		Delivery: corrected, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{path}},
		RequestId: identity("amend", d.Name()),
	})
	if err != nil {
		return fmt.Errorf("amend %s: %w", d.Name(), err)
	}
	return nil
}
