// Package gateway is the suite's HTTP edge. It serves each RPC as REST by the route in its proto, errors as RFC 9457
// problem details, the OpenAPI document with a page to read it, sign-in by cookie, and health checks.
//
// Each request becomes a call with the caller's own token, which the services' interceptors check. The gateway adds
// limits (on bodies, headers and time, since browsers send no deadlines), conditional and compressed responses, and
// protection against requests from pages of other sites. It reads a body only if the caller has a valid token and a
// role that may make the call.
//
// A stream of requests is a body with a JSON message on each line, read message by message.
//
// Streams are sent as newline-delimited JSON or, to a client that accepts text/event-stream, as Server-Sent Events.
// Such a client resumes after the last event that it has received.
package gateway
