// Package scope owns named, dated sets of villages: when their memberships fit together, how they may grow, and the
// handlers of ScopeService.
//
// Campaigns rest on the memberships, so they only ever grow: a village leaves with a `valid_to`, and the past can still
// be told.
package scope
