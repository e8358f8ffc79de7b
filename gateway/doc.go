// Package gateway is the suite's HTTP edge: REST for every RPC by the routes its proto declares, errors as RFC 9457
// problem details, the OpenAPI document with a page to read it, sign-in by cookie, and health.
//
// Each request becomes a call under the caller's own token, and the services' interceptors answer it. The gateway adds
// bounds (on bodies, on headers and on time, since browsers send no deadlines), conditional and compressed answers, and the
// refusal of what another site's page sends. It reads a body only of a caller whose token is valid and has a role that may
// make the call.
//
// Streams are newline-delimited JSON, or Server-Sent Events for a client that accepts text/event-stream; such a client
// resumes after the last event it has seen.
package gateway
