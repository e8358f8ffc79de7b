// Package fault provides the errors of Wancun: one typed error that keeps its meaning across every gRPC hop. Its
// message for the caller is short, safe and names the field. Its cause is for the operator and never leaves the
// process.
//
// # What may be relied on
//
// A function whose error the caller should understand returns an *Error, created by the constructor of its code. The
// server's interceptor converts every error of a handler into a status with Status. The gateway converts that status
// into problem details. A service that called a peer converts the peer's status back with From. These parts reach
// another process: the code, the reason, the public message in English and Chinese, the resource, the field violations
// with their rows, and the time to wait. [status.Code] of google.golang.org/grpc/status works for every error of this
// package, wrapped or not.
//
// # What is lost
//
// The cause of Because or Unavailable, the identity of the value ([errors.Is] with a sentinel only works within a
// process) and every text wrapped around the error do not reach another process. For an untyped error the caller
// receives INTERNAL without its text: use plain errors for what no caller can act on; their text is for the log.
//
// # Field paths
//
// Fields have the names of the request's proto, with list indices in brackets: requests[12].need.title. Rules name
// fields relative to the message that they check, and In adds the prefix. Only the gateway uses JSON names and
// pointers.
//
// An *Error is immutable: Because and In return copies. It may therefore be stored, compared, and returned by several
// goroutines.
package fault
