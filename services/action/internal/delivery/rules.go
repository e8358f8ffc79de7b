package delivery

import (
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
)

// Record brings a new delivery to its first state: another party is asked.
func Record(d *actionv1.Delivery, by access.Principal) {
	d.RecordedBy = by.Subject
	ask(d)
}

// answer tells what another party said of a delivery.
func answer(d *actionv1.Delivery) resource.AnswerState {
	switch d.GetState() {
	case actionv1.Delivery_CONFIRMED:
		return resource.Affirmed
	case actionv1.Delivery_DISPUTED:
		return resource.Denied
	case actionv1.Delivery_STATE_UNSPECIFIED, actionv1.Delivery_RECORDED, actionv1.Delivery_VOID:
	}
	return resource.Unanswered
}

// ask takes the answer for a delivery back, so that another party is asked.
func ask(d *actionv1.Delivery) {
	d.State, d.AnsweredBy, d.Reason = actionv1.Delivery_RECORDED, "", ""
}

// Amend refuses to change a void delivery.
func Amend(old *actionv1.Delivery) error {
	if old.GetState() == actionv1.Delivery_VOID {
		return fault.Precondition(old.GetName(), "DELIVERY_VOID", "a void delivery cannot be amended")
	}
	return nil
}

// Confirm says for another party that a delivery arrived as recorded.
func Confirm(d *actionv1.Delivery, by access.Principal) error {
	if err := answerable(d, actionv1.Delivery_DISPUTED, "confirmed"); err != nil {
		return err
	}
	d.State, d.AnsweredBy, d.Reason = actionv1.Delivery_CONFIRMED, by.Subject, ""
	return nil
}

// Dispute says for another party that a delivery did not arrive as recorded, and why.
func Dispute(d *actionv1.Delivery, by access.Principal, reason string) error {
	if err := answerable(d, actionv1.Delivery_CONFIRMED, "disputed"); err != nil {
		return err
	}
	d.State, d.AnsweredBy, d.Reason = actionv1.Delivery_DISPUTED, by.Subject, reason
	return nil
}

// Void takes a delivery out of every figure for good. Who answered stays readable.
func Void(d *actionv1.Delivery, reason string) error {
	if d.GetState() == actionv1.Delivery_VOID {
		return fault.Precondition(d.GetName(), "DELIVERY_VOID", "the delivery is void already")
	}
	d.State, d.Reason = actionv1.Delivery_VOID, reason
	return nil
}

// answerable holds for a delivery that is not answered, or answered the other way.
func answerable(d *actionv1.Delivery, otherWay actionv1.Delivery_State, to string) error {
	if s := d.GetState(); s != actionv1.Delivery_RECORDED && s != otherWay {
		return fault.Precondition(d.GetName(), "DELIVERY_NOT_ANSWERABLE", "only a RECORDED or %s delivery can be %s, this one is %s", otherWay, to, s)
	}
	return nil
}
