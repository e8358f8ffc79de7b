// Package rest owns calls of the suite's RPCs through its REST gateway, by the routes that the protos declare. To generated
// clients it is a connection like any other, so that a command works with the one URL that a cluster shows to the world.
//
// What may be relied on: a call carries the token and the deadline of its context, its answer is the message that gRPC would
// have given, and its failure is the service's own, with code, reason and fields. Only methods that have a route can be
// called, and only servers stream.
package rest
