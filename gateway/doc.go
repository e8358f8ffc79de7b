// Package gateway is the suite's HTTP edge: REST for every RPC by the routes its proto declares, errors as RFC 9457
// problem details, the OpenAPI document with a page to read it, sign-in by cookie, and health.
//
// It decides nothing: each request becomes a call under the caller's own token, and the services' interceptors answer
// it. What it adds is bounds (on bodies, on headers and on time, since browsers send no deadlines), conditional and
// compressed answers, and the refusal of what another site's page sends.
//
// Streams are newline-delimited JSON, or Server-Sent Events for a client that accepts text/event-stream; such a client
// resumes after the last event it has seen.
package gateway
