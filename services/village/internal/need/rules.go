package need

import (
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
)

// Draft brings a new need to its first state.
func Draft(n *villagev1.Need) { n.State = villagev1.Need_DRAFT }

// Edit refuses to change what the county has before it or has verified.
func Edit(old *villagev1.Need) error { return inHand(old, "edited") }

// Submit hands a need to the county. What it was returned for is settled.
func Submit(n *villagev1.Need) error {
	if err := inHand(n, "submitted"); err != nil {
		return err
	}
	n.State, n.ReturnReason = villagev1.Need_SUBMITTED, ""
	return nil
}

// Verify confirms a submitted need for the county.
func Verify(n *villagev1.Need, by access.Principal) error {
	if err := answerable(n, "verified"); err != nil {
		return err
	}
	n.State, n.VerifiedBy = villagev1.Need_VERIFIED, by.Subject
	return nil
}

// Return gives a submitted need back to the village.
func Return(n *villagev1.Need, reason string) error {
	if err := answerable(n, "returned"); err != nil {
		return err
	}
	n.State, n.ReturnReason = villagev1.Need_RETURNED, reason
	return nil
}

// inHand holds while the village has the need in hand.
func inHand(n *villagev1.Need, to string) error {
	if s := n.GetState(); s != villagev1.Need_DRAFT && s != villagev1.Need_RETURNED {
		return fault.Precondition(n.GetName(), "NEED_NOT_IN_HAND", "only a DRAFT or RETURNED need can be %s, this one is %s", to, s)
	}
	return nil
}

// answerable holds while the county has the need before it.
func answerable(n *villagev1.Need, to string) error {
	if s := n.GetState(); s != villagev1.Need_SUBMITTED {
		return fault.Precondition(n.GetName(), "NEED_NOT_SUBMITTED", "only a SUBMITTED need can be %s, this one is %s", to, s)
	}
	return nil
}

// answer tells what the county said of a need.
func answer(n *villagev1.Need) resource.AnswerState {
	switch n.GetState() {
	case villagev1.Need_VERIFIED:
		return resource.Affirmed
	case villagev1.Need_RETURNED:
		return resource.Denied
	case villagev1.Need_STATE_UNSPECIFIED, villagev1.Need_DRAFT, villagev1.Need_SUBMITTED:
	}
	return resource.Unanswered
}
