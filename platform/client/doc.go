// Package client makes the calls between services: on behalf of the original caller, within the time that the caller
// still has, and with a retry only if the call cannot take effect twice.
//
// # What may be relied on
//
// A call made while a call is handled carries the originating caller's token and no other, so that a service never
// uses its own permissions for a user. Work outside of a call, such as following a journal, sets its token by
// [WithToken].
//
// A unary call without a deadline has a deadline of 10 s. A unary call with a deadline is sent with a slightly shorter
// one, so that the caller can still report that the peer was too slow.
//
// A unary call is sent again only if it was UNAVAILABLE, at most twice, and only if its method reads (Get…, BatchGet…,
// List…) or its request has a request id, by which the peer recognises the repetition. Only the originating client
// retries. A call made while another is handled is not sent again, because the other will be, and two layers of three
// attempts would make nine. While many calls fail, no call is sent again.
//
// While no replica can be reached, a unary call waits for up to a second for one before it fails as UNAVAILABLE. Services
// that start at the same time therefore do not fail each other's first calls.
//
// A replica that is stopped or cut off keeps its connections but does not answer. It is detected within four seconds.
// Its calls in flight then fail as UNAVAILABLE, and it receives no more calls until it answers.
package client
