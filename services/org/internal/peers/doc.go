// Package peers asks the service that org rests on, village, always on behalf of the originating caller and with no power
// of its own.
//
// That a division is in use is kept in process for at most recent.StaleAfter, once for all callers, since divisions are
// public. An organization may therefore name a division for that long after it was retired. A division that is unknown or
// retired is asked for each time.
//
// A peer's NOT_FOUND becomes an answer. Every other error is the peer's own: UNAVAILABLE stays UNAVAILABLE.
package peers
