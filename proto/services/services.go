// Package services names the services of the suite: their journals, and which of them call and follow which. Everything that
// lists services reads the list here; a test compares it with the manifests in k8s/.
package services

import "slices"

// The parts of the suite, by the names of their programs and, of services, of their journals and database schemas.
const (
	Org     = "org"
	Village = "village"
	Action  = "action"
	Report  = "report"
	// Gateway keeps no data.
	Gateway = "gateway"
)

// All are the services. Report, which follows the others, is the last.
func All() []string { return []string{Org, Village, Action, Report} }

// Parts are the services and the gateway.
func Parts() []string { return append(All(), Gateway) }

// Peers are the services that a part calls, in the order of All; nil for one that calls none.
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

// Callers are the parts that call a service.
func Callers(service string) []string {
	return slices.DeleteFunc(Parts(), func(part string) bool { return !slices.Contains(Peers(part), service) })
}

// Followed are the services whose journals report follows.
func Followed() []string { return []string{Org, Village, Action} }

// Log is the resource name of the journal of a service: logs/org.
func Log(service string) string { return "logs/" + service }
