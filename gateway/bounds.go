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

	"google.golang.org/grpc/codes"
)

// bounded gives a request its deadline, limits its body in kind and time, and answers HEAD as GET without a body. [entry]
// limits the size of the body, which depends on the method.
func bounded(c Config, problems problemWriter, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isText(r.URL) {
			problems.malformed(w, r)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), c.timeoutFor(r))
		defer cancel()
		endConnection(ctx, w, r)
		r = r.WithContext(withCondition(ctx, r))
		if r.Method == http.MethodHead {
			r.Method = http.MethodGet // the server leaves the body out
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
		r.Header.Del("Content-Type") // it has been looked at, and would choose how the answer is written
		next.ServeHTTP(w, r)
	})
}

// timeoutFor is the longest that a request may take. What a client asks for by Grpc-Timeout the runtime applies inside
// of it.
func (c Config) timeoutFor(r *http.Request) time.Duration {
	path := r.URL.Path
	switch {
	case isStream(path):
		return c.StreamTimeout
	case r.Header.Get("Grpc-Timeout") != "", strings.HasSuffix(path, ":import"), strings.HasSuffix(path, ":batchCreate"):
		return c.BulkTimeout
	}
	return c.Timeout
}

// isText reports whether path and query are UTF-8 once unescaped. Messages hold nothing else.
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

// malformed answers a path or query that is no text.
func (p problemWriter) malformed(w http.ResponseWriter, r *http.Request) {
	p.send(w, r, problem{
		Status: http.StatusBadRequest, Code: codes.InvalidArgument.String(), Reason: reasonMalformed,
		Detail: "the path or the query is not UTF-8, or has a percent sign without two hexadecimal digits after it", Instance: r.URL.EscapedPath(),
	})
}

// isJSON takes a body without a type for JSON, as people who type curl expect. JSON is UTF-8 (RFC 8259).
func isJSON(contentType string) bool {
	if contentType == "" || contentType == "application/json" {
		return true
	}
	kind, parameters, err := mime.ParseMediaType(contentType)
	return err == nil && kind == "application/json" && strings.EqualFold(cmp.Or(parameters["charset"], "utf-8"), "utf-8")
}

// unsupported answers a body of a kind that no RPC takes.
func (p problemWriter) unsupported(w http.ResponseWriter, r *http.Request, detail string) {
	p.send(w, r, problem{
		Status: http.StatusUnsupportedMediaType, Code: codes.InvalidArgument.String(), Reason: "UNSUPPORTED_MEDIA_TYPE",
		Detail: detail, Instance: r.URL.Path,
	})
}

// endConnection ends the writing of an answer and the reading of a body soon after the deadline of their request: later than
// that, so that a call under way ends by its deadline and not by the loss of its caller. What is no connection, as in a
// test, has no deadlines to set.
func endConnection(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	at, ok := ctx.Deadline()
	if !ok {
		return
	}
	connection := http.NewResponseController(w)
	_ = connection.SetWriteDeadline(at.Add(answerTime))
	if r.Body != nil && r.Body != http.NoBody {
		_ = connection.SetReadDeadline(at.Add(time.Second))
	}
}

// answerTime is how long a client may take, after the deadline of its request, for what it has not read of the answer yet.
const answerTime = 5 * time.Second
