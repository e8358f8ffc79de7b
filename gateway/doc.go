// Package gateway is the suite's HTTP edge: REST for every RPC by the routes its proto declares, errors as RFC 9457
// problem details, the OpenAPI document with a page to read it, sign-in by cookie, and health.
//
// It decides nothing: each request becomes a call under the caller's own token, and the services' interceptors answer
// it. What it adds is bounds: on body size, on headers and on time, since browsers send no deadlines.
package gateway
