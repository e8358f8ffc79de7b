// Package peers calls the services that action depends on, org and village. Each call is made on behalf of the
// originating caller; the service has no permissions of its own.
//
// The answers that allow a delivery (an approved organization, the memberships of a scope) are cached in the process
// for at most recent.StaleAfter. A replica with a cached answer therefore accepts deliveries to a village for that long
// after the village left the scope. An organization that is unknown or not approved is requested again each time.
// Answers about organizations are cached per caller; scopes are public and are cached once for all callers.
//
// A NOT_FOUND from a peer becomes an answer or a FAILED_PRECONDITION. All other errors are returned with the code that
// the peer gave them, such as UNAVAILABLE.
package peers
