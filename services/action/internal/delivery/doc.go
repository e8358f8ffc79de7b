// Package delivery owns what campaigns deliver: what may be recorded (admission.go), and the handlers of DeliveryService. The
// states of a delivery, what leads from one to another and who may answer are declared in the contract, as the transitions of
// the methods of DeliveryService.
package delivery
