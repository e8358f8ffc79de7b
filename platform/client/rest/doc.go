// Package rest calls the RPCs of a suite through its REST gateway, for Go programs that reach no gRPC port. A [Conn] is a
// connection for generated clients, like one of [google.golang.org/grpc.NewClient]; the routes are those of the contract.
//
// A call sends the token of its outgoing metadata ("authorization") and the deadline of its context. Its answer is the message
// that gRPC would have returned. Its error is a status with the details that the service gave: ErrorInfo (with the codes that
// acknowledge questions), ResourceInfo, RetryInfo, BadRequest with the fields of the proto, and ViolatedRows of
// wancun.resource.v1. The texts are English; the gateway sends one language.
//
// Only methods with a route can be called, and only servers stream. A call is sent once: client.Wrap of package client adds
// the retries and the deadline that the suite's own programs have.
package rest
