// Package fault owns how Wancun says no: one typed error that keeps its meaning across every gRPC hop, speaks to the
// caller in a short, safe message that names the field, and to the operator through a cause that never leaves the process.
//
// # What may be relied on
//
// A function that wants its refusal understood returns an *Error, made by the constructor of its code. The server's
// interceptor turns whatever comes out of a handler into a status with Status; the gateway turns that status into problem
// details; a service that called a peer gets it back with From. Between two processes survive: the code, the reason, the
// public message in English and Chinese, the resource, the field violations with their rows, and the time to wait.
// [status.Code] of google.golang.org/grpc/status answers for every error of this package, wrapped or not.
//
// # What is lost
//
// The cause given to Because or Unavailable, the identity of the value ([errors.Is] with a sentinel holds in one process
// only) and every text that was wrapped around the error. An error that nobody typed reaches the caller as INTERNAL with no
// text of its own: a plain error is for what no caller can act upon, and its text is for the log.
//
// # Field paths
//
// Fields are named as the request's proto names them, list indices in brackets: requests[12].need.title. Rules name fields
// relative to the message they judge; In prefixes them on the way out. Only the gateway knows of JSON names and pointers.
//
// An *Error is immutable: Because and In return copies, so one may be kept, compared and returned from many goroutines.
package fault
