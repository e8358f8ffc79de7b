package gateway

import (
	"net/http"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"google.golang.org/grpc/codes"
)

// strictPolicy is for answers that are data, and for the bulletin's page, whose style stands in it: nothing is loaded,
// nothing runs, and no other page may frame it.
const strictPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// bodyTime is how long a body may take, unless [bounded] gives its request longer.
const bodyTime = 10 * time.Second

// protected bounds how long a body may take to arrive, refuses writes that another site's page sends with the visitor's
// cookie, and sets the headers that keep an answer from being taken for something else.
func protected(problems problemWriter, next http.Handler) http.Handler {
	policy, referrer, sniffing := []string{strictPolicy}, []string{"no-referrer"}, []string{"nosniff"}
	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		problems.send(w, r, problem{
			Status: http.StatusForbidden, Code: codes.PermissionDenied.String(), Reason: "CROSS_ORIGIN",
			Detail: "a page of another origin may not send this request", Instance: r.URL.Path,
		})
	}))
	inside := sameOrigin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		if r.Body != http.NoBody { // also of a request that nothing here reads the body of: the server does, before it answers
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime)) //nolint:forbidigo // a connection's deadline is in the machine's time
		}
		h["Content-Security-Policy"], h["Referrer-Policy"], h["X-Content-Type-Options"] = policy, referrer, sniffing
		inside.ServeHTTP(w, r)
	})
}

// compression makes handlers compress for the clients that accept it, and cost nothing for the others.
func compression() (func(http.Handler) http.Handler, error) {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.EnableZstd(true), gzhttp.PreferZstd(true))
	if err != nil {
		return nil, err
	}
	vary := []string{"Accept-Encoding"}
	return func(plain http.Handler) http.Handler {
		compressed := wrap(plain)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Accept-Encoding") != "" {
				compressed.ServeHTTP(w, r)
				return
			}
			w.Header()["Vary"] = vary
			plain.ServeHTTP(w, r)
		})
	}, nil
}

// incomingHeader lets through what services read; the caller's token travels by itself.
func incomingHeader(key string) (string, bool) {
	switch key {
	case "Traceparent":
		return "traceparent", true
	case "Tracestate":
		return "tracestate", true
	}
	return "", false
}

// outgoingHeader lets out what services say to HTTP clients.
func outgoingHeader(key string) (string, bool) { return "Etag", key == "etag" }
