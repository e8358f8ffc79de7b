// Package peers calls the service that org depends on, village. Each call is made on behalf of the originating caller;
// the service has no permissions of its own.
//
// The answer that a division is in use is cached in the process for at most recent.StaleAfter, once for all callers,
// since divisions are public. An organization may therefore name a division for that long after it was retired. A
// division that is unknown or retired is requested again each time.
//
// A NOT_FOUND from a peer becomes an answer. All other errors are returned with the code that the peer gave them, such
// as UNAVAILABLE.
package peers
