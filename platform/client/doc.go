// Package client owns how a service calls another: on behalf of whoever called it, within the time that caller still has,
// and with a second try only where that cannot do anything twice.
//
// # What may be relied on
//
// A call made while a call is handled carries the originating caller's token and never another, so no service lends its
// own power to a user. Work that nobody called for, such as following a journal, names its token by [WithToken].
//
// A unary call without a deadline gets one of 10 s. One that has a deadline is given a little less of it, so that the
// caller can still say in its own words that a peer was too slow.
//
// Only an UNAVAILABLE unary call is sent again, at most twice, and only if its method reads (Get…, BatchGet…, List…) or its
// request carries a request id, by which the peer recognises it. Only the originating client does so: a call made on the
// way is not sent again, since its caller will be, and two layers of three tries are nine. While many calls fail, none is
// sent again.
//
// A replica that is stopped or cut off, and so keeps its connections without answering, is noticed within four seconds. The
// calls that it holds then fail as UNAVAILABLE, and no more are sent to it until it answers.
package client
