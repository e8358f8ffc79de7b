// Package access owns who is calling and what they may do: it verifies tokens, reads the policy that each method carries
// in its proto, and admits or refuses the call before any handler runs.
//
// # What may be relied on
//
// A method that is not known, or whose policy is missing or does not fit its request, is never served: [NewPolicies] fails
// the boot, and the interceptors refuse what they do not know. While a call is handled, [From] gives the originating
// caller with only those grants that the policy admitted, so that a list narrowed to them shows nothing else. A token that
// is present and not valid refuses the call even where none is needed.
//
// # How a place is judged
//
// A policy may name the request field that holds the place (area) and the one that holds the organization. Where both are
// named, one and the same grant must cover both: staff of organization A in county X who are also a team in county Y do
// not thereby act for A in Y. In a batch every element must be covered by some grant, and not all by the same; the call
// keeps the grants that cover at least one element.
//
// A grant for an area covers more than the codes that begin with it, and less, where divisions succeeded each other:
// [Territories] sets what each grant covers when the token is verified, and everything that judges a place follows that.
//
// The refusals: without a role PERMISSION_DENIED, or UNAUTHENTICATED if there was no token; with a role but elsewhere,
// NOT_FOUND where the field is the name of something that exists or not (a last path element `name` or `names`), and
// PERMISSION_DENIED naming the field where something would be made. A value that names no place at all is
// INVALID_ARGUMENT for callers bound to a place, and left to validation for those who are not.
package access
