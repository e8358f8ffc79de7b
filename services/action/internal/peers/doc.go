// Package peers asks the services that this one rests on, org and village, always on behalf of the originating caller
// and with no power of its own.
//
// What admits a delivery (an approved organization, the memberships of a scope) is kept in process for at most
// recent.StaleAfter, so a village that left a scope may be delivered to for that long on a replica that has asked before.
// An organization that is unknown or not approved is asked for each time. What a peer told one caller about an
// organization is not told to another; scopes are public and kept once for all.
//
// A peer's NOT_FOUND becomes an answer or a FAILED_PRECONDITION. Every other error is the peer's own: UNAVAILABLE stays
// UNAVAILABLE.
package peers
