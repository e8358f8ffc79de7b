// Package services lists the services of the suite, their journals, and which services call and follow which. All code
// that needs such a list uses this one; a test compares it with the manifests in k8s/.
package services

import "slices"

// The parts of the suite. Each constant is the name of the program; for a service, it is also the name of its journal
// and of its database schema.
const (
	Org     = "org"
	Village = "village"
	Action  = "action"
	Report  = "report"
	// Gateway stores no data.
	Gateway = "gateway"
)

// All returns the services. Report is the last, because it follows the others.
func All() []string { return []string{Org, Village, Action, Report} }

// Parts returns the services and the gateway.
func Parts() []string { return append(All(), Gateway) }

// Peers returns the services that a part calls, in the order of All, or nil if it calls none.
func Peers(part string) []string {
	switch part {
	case Org:
		return []string{Village}
	case Action:
		return []string{Org, Village}
	case Report:
		return Followed()
	case Gateway:
		return All()
	}
	return nil
}

// Callers returns the parts that call a service.
func Callers(service string) []string {
	return slices.DeleteFunc(Parts(), func(part string) bool { return !slices.Contains(Peers(part), service) })
}

// Followed returns the services whose journals report follows.
func Followed() []string { return []string{Org, Village, Action} }

// Log returns the resource name of a service's journal, such as logs/org.
func Log(service string) string { return "logs/" + service }
