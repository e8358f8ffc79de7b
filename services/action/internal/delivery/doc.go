// Package delivery owns what campaigns deliver: what may be recorded, how another party answers, and the handlers of
// DeliveryService.
//
//	from        confirm     dispute     amend       void
//	RECORDED    CONFIRMED   DISPUTED    RECORDED    VOID
//	CONFIRMED   -           DISPUTED    RECORDED    VOID
//	DISPUTED    CONFIRMED   -           RECORDED    VOID
//	VOID        -           -           -           -
//
// An amendment of the note alone keeps the state. The store takes the answer back when a vetted field changes, and refuses
// an answer by a subject or a role that wrote the delivery since it was last confirmed. What may be recorded is
// admission.go, what happens to it then is rules.go.
package delivery
