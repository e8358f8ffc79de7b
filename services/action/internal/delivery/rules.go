package delivery

import (
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
)

// Record brings a new delivery to its first state: the village is asked.
func Record(d *actionv1.Delivery, by access.Principal) {
	d.RecordedBy = by.Subject
	ask(d)
}

// ask puts a delivery to the village, whatever it said before.
func ask(d *actionv1.Delivery) {
	d.State, d.AnsweredBy, d.Reason = actionv1.Delivery_RECORDED, "", ""
}

// Amend refuses to change a void delivery; every other is recorded anew.
func Amend(old, updated *actionv1.Delivery, by access.Principal) error {
	if old.GetState() == actionv1.Delivery_VOID {
		return fault.Precondition(old.GetName(), "DELIVERY_VOID", "a void delivery cannot be amended")
	}
	updated.AmendedBy = by.Subject
	ask(updated)
	return nil
}

// Confirm says for the village that a delivery arrived as recorded.
func Confirm(d *actionv1.Delivery, by access.Principal) error {
	if err := answerable(d, by, actionv1.Delivery_DISPUTED, "confirmed"); err != nil {
		return err
	}
	d.State, d.AnsweredBy, d.Reason = actionv1.Delivery_CONFIRMED, by.Subject, ""
	return nil
}

// Dispute says for the village that a delivery did not arrive as recorded, and why.
func Dispute(d *actionv1.Delivery, by access.Principal, reason string) error {
	if err := answerable(d, by, actionv1.Delivery_CONFIRMED, "disputed"); err != nil {
		return err
	}
	d.State, d.AnsweredBy, d.Reason = actionv1.Delivery_DISPUTED, by.Subject, reason
	return nil
}

// Void takes a delivery out of every figure for good. Who answered for the village stays readable.
func Void(d *actionv1.Delivery, reason string) error {
	if d.GetState() == actionv1.Delivery_VOID {
		return fault.Precondition(d.GetName(), "DELIVERY_VOID", "the delivery is void already")
	}
	d.State, d.Reason = actionv1.Delivery_VOID, reason
	return nil
}

// answerable holds for a delivery that the village has not answered, or has answered the other way, and for anybody but
// those who recorded or last amended it.
func answerable(d *actionv1.Delivery, by access.Principal, otherWay actionv1.Delivery_State, to string) error {
	if s := d.GetState(); s != actionv1.Delivery_RECORDED && s != otherWay {
		return fault.Precondition(d.GetName(), "DELIVERY_NOT_ANSWERABLE", "only a RECORDED or %s delivery can be %s, this one is %s", otherWay, to, s)
	}
	if d.GetRecordedBy() == by.Subject || d.GetAmendedBy() == by.Subject {
		return fault.Denied("OWN_DELIVERY", "a delivery cannot be %s by one who recorded or amended it", to)
	}
	return nil
}
