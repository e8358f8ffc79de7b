// Package scope owns named sets of villages with dated memberships: the rules for consistent memberships and their
// changes, and the handlers of ScopeService.
//
// Memberships are only added, because campaigns depend on them. A village leaves a scope with a `valid_to`, so that
// past states remain known.
package scope
