// Package access authenticates callers and authorizes calls: it verifies tokens, reads the policy of each method from
// its proto, and admits or refuses the call before the handler runs.
//
// # What may be relied on
//
// A method that is unknown, or whose policy is missing or does not match its request, is never served: [NewPolicies]
// fails at startup, and the interceptors refuse unknown methods. While a call is handled, [From] returns the
// originating caller with only the grants that the policy admitted, so that a list narrowed to these grants shows
// nothing else. A call with an invalid token is refused even where no token is required.
//
// # How a place is checked
//
// A policy may name the request field that holds the place (area) and the one that holds the organization. If it names
// both, a single grant must cover both: staff of organization A in county X who are also a team in county Y may not act
// for A in Y. In a batch each element must be covered by some grant, and different elements may be covered by different
// grants. The call keeps the grants that cover at least one element.
//
// Where divisions succeeded each other, a grant for an area does not cover exactly the codes that begin with the area.
// [Territories] sets what each grant covers when the token is verified, and every check of a place uses that.
//
// Refusals: a caller without a role receives PERMISSION_DENIED, or UNAUTHENTICATED if there is no token. A caller with
// the role, but for another place, receives NOT_FOUND if the field names a resource (the last path element is `name` or
// `names`), and otherwise PERMISSION_DENIED with the field. A value that is not a place is INVALID_ARGUMENT for a
// caller bound to a place. For other callers the validation decides.
package access
