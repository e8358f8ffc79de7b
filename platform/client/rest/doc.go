// Package rest calls the RPCs of a suite through its REST gateway, for Go programs that cannot reach a gRPC port. A
// [Conn] is a connection for generated clients, like the one of [google.golang.org/grpc.NewClient]. It uses the routes
// of the contract.
//
// A call sends the token of its outgoing metadata ("authorization") and the deadline of its context. It returns the
// message that gRPC would return. Its error is a status with the details of the service: ErrorInfo (with the codes that
// acknowledge questions), ResourceInfo, RetryInfo, BadRequest with the fields of the proto, and ViolatedRows of
// wancun.resource.v1. The texts are English, because the gateway sends one language.
//
// Only methods with a route can be called. On a stream of requests, answers arrive after the last request. A call is sent
// once; client.Wrap of package client adds the retries and the deadline that the suite's own programs use.
package rest
