// Package delivery owns what campaigns deliver: what may be recorded, how the village answers, and the handlers of
// DeliveryService.
//
//	from        confirm     dispute     amend       void
//	RECORDED    CONFIRMED   DISPUTED    RECORDED    VOID
//	CONFIRMED   -           DISPUTED    RECORDED    VOID
//	DISPUTED    CONFIRMED   -           RECORDED    VOID
//	VOID        -           -           -           -
//
// Nobody answers for the village what they recorded or last amended themselves. What may be recorded is admission.go,
// what happens to it then is rules.go.
package delivery
