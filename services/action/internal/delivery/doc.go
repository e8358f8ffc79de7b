// Package delivery owns the deliveries of campaigns: the rules of what may be recorded (admission.go), and the handlers
// of DeliveryService. The protos declare the states of a delivery, the transitions between them and the callers allowed
// to make each transition, on the methods of DeliveryService.
package delivery
