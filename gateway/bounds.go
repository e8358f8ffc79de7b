package gateway

import (
	"cmp"
	"context"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/codes"
)

// bounded limits the type of a request's body and the time for it, and answers HEAD like GET. The size of the body and
// the deadline of the call depend on the method: see [entry] and timed.
func bounded(c Config, problems problemWriter, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isText(r.URL) {
			problems.malformed(w, r)
			return
		}
		endConnection(c.Timeout, w, r) // timed extends it for a method that may take longer
		r = r.WithContext(withCondition(r.Context(), r))
		if r.Method == http.MethodHead {
			r.Method = http.MethodGet // the server omits the response body
		}
		if r.Body != nil && r.Body != http.NoBody {
			if !isJSON(r.Header.Get("Content-Type")) {
				problems.unsupported(w, r, "the body must be application/json, in UTF-8")
				return
			}
			if r.Header.Get("Content-Encoding") != "" {
				problems.unsupported(w, r, "the body must not be compressed: send it without Content-Encoding")
				return
			}
		}
		r.Header.Del("Content-Type") // otherwise the runtime would use it to choose the format of the response
		next.ServeHTTP(w, r)
	})
}

// timed is a middleware for all routes. It sets the deadline of the call.
func (c Config) timed(all *routes) runtime.Middleware {
	return func(next runtime.HandlerFunc) runtime.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request, path map[string]string) {
			timeout := c.timeoutFor(all.of(r), r)
			ctx, cancel := context.WithTimeout(r.Context(), timeout)
			defer cancel()
			endConnection(timeout, w, r)
			next(w, r.WithContext(ctx), path)
		}
	}
}

// timeoutFor returns the longest time that a call may take. The runtime applies a client's Grpc-Timeout within it.
func (c Config) timeoutFor(o origin, r *http.Request) time.Duration {
	switch {
	case o.stream:
		return c.StreamTimeout
	case o.bulk(), r.Header.Get("Grpc-Timeout") != "":
		return c.BulkTimeout
	}
	return c.Timeout
}

// isText reports whether the unescaped path and query are UTF-8, as required for all texts in messages.
func isText(u *url.URL) bool {
	if !utf8.ValidString(u.Path) {
		return false
	}
	if !strings.Contains(u.RawQuery, "%") {
		return utf8.ValidString(u.RawQuery)
	}
	query, err := url.QueryUnescape(u.RawQuery)
	return err == nil && utf8.ValidString(query)
}

// malformed refuses a path or query that is not text.
func (p problemWriter) malformed(w http.ResponseWriter, r *http.Request) {
	p.send(w, r, problem{
		Status: http.StatusBadRequest, Code: codes.InvalidArgument.String(), Reason: reasonMalformed,
		Detail: "the path or the query is not UTF-8, or has a percent sign without two hexadecimal digits after it", Instance: r.URL.EscapedPath(),
	})
}

// isJSON reports whether a content type is JSON in UTF-8 (RFC 8259), or JSON messages on a line each, of which a body of
// one message is the simplest case. A missing type counts as JSON, for users of curl.
func isJSON(contentType string) bool {
	if contentType == "" || contentType == "application/json" {
		return true
	}
	kind, parameters, err := mime.ParseMediaType(contentType)
	return err == nil && (kind == "application/json" || kind == jsonLinesType) && strings.EqualFold(cmp.Or(parameters["charset"], "utf-8"), "utf-8")
}

// unsupported refuses a body of a type that no RPC accepts.
func (p problemWriter) unsupported(w http.ResponseWriter, r *http.Request, detail string) {
	p.send(w, r, problem{
		Status: http.StatusUnsupportedMediaType, Code: codes.InvalidArgument.String(), Reason: "UNSUPPORTED_MEDIA_TYPE",
		Detail: detail, Instance: r.URL.Path,
	})
}

// endConnection sets the deadlines of the connection shortly after the timeout of the request, so that a running call
// ends by its own deadline and not because it loses its caller. It ignores errors, because responses in tests have no
// connection.
func endConnection(timeout time.Duration, w http.ResponseWriter, r *http.Request) {
	at := time.Now().Add(timeout) //nolint:forbidigo // a connection compares its deadlines with the system's clock
	connection := http.NewResponseController(w)
	_ = connection.SetWriteDeadline(at.Add(answerTime))
	if r.Body != nil && r.Body != http.NoBody {
		_ = connection.SetReadDeadline(at.Add(time.Second))
	}
}

// answerTime is how long after the deadline of its request a client may take to read the response.
const answerTime = 5 * time.Second
