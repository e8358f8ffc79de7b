package gateway

import (
	"net/http"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"google.golang.org/grpc/codes"
)

// strictPolicy is for data and for the page of the bulletin, which has inline styles. It forbids loading resources,
// running scripts, and framing by other pages.
const strictPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// bodyTime is how long a body may take, unless [bounded] allows more time.
const bodyTime = 10 * time.Second

// protected limits how long a body may take to arrive, refuses writes that pages of other sites send with the visitor's
// cookie, and sets security headers on the response.
func protected(trusted []string, problems problemWriter, next http.Handler) http.Handler {
	policy, referrer, sniffing := []string{strictPolicy}, []string{"no-referrer"}, []string{"nosniff"}
	sameOrigin := http.NewCrossOriginProtection()
	for _, origin := range trusted {
		_ = sameOrigin.AddTrustedOrigin(origin) // New has checked it
	}
	sameOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		problems.send(w, r, problem{
			Status: http.StatusForbidden, Code: codes.PermissionDenied.String(), Reason: "CROSS_ORIGIN",
			Detail: "a page of another origin may not send this request", Instance: r.URL.Path,
		})
	}))
	inside := sameOrigin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		if r.Body != http.NoBody { // also if no handler reads the body: the server reads it before it responds
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime)) //nolint:forbidigo // a connection's deadline is in the machine's time
		}
		h["Content-Security-Policy"], h["Referrer-Policy"], h["X-Content-Type-Options"] = policy, referrer, sniffing
		inside.ServeHTTP(w, r)
	})
}

// compression returns a middleware that compresses responses for clients that accept it, at no cost for other clients.
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

// incomingHeader selects the request headers that are passed on to services. The caller's token is passed on
// separately.
func incomingHeader(key string) (string, bool) {
	switch key {
	case "Traceparent":
		return "traceparent", true
	case "Tracestate":
		return "tracestate", true
	}
	return "", false
}

// outgoingHeader selects the metadata of services that is passed on to HTTP clients.
func outgoingHeader(key string) (string, bool) { return "Etag", key == "etag" }
