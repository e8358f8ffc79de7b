package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
)

// protect refuses writes that another site's page sends with the visitor's cookie, and sets the headers that keep an
// answer from being taken for something else.
func protect(next http.Handler) http.Handler {
	secured := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["X-Content-Type-Options"] = []string{"nosniff"}
		w.Header()["Referrer-Policy"] = []string{"no-referrer"}
		w.Header()["X-Frame-Options"] = []string{"DENY"}
		next.ServeHTTP(w, r)
	})
	return http.NewCrossOriginProtection().Handler(secured)
}

// ifNoneMatchKey carries the request's If-None-Match to where the answer's ETag is known.
type ifNoneMatchKey struct{}

// errNotModified turns an answer that the client already has into a 304.
var errNotModified = errors.New("not modified")

// bounded gives a request its deadline and limits its body.
func bounded(c Config, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), c.timeoutFor(r))
		defer cancel()
		if tag := r.Header.Get("If-None-Match"); tag != "" {
			ctx = context.WithValue(ctx, ifNoneMatchKey{}, tag)
		}
		r.Header.Del("Grpc-Timeout")
		r = r.WithContext(ctx)
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = &limitedBody{from: r.Body, left: c.MaxBodyBytes}
		}
		next.ServeHTTP(w, r)
	})
}

func (c Config) timeoutFor(r *http.Request) time.Duration {
	path := r.URL.Path
	fallback, longest := c.Timeout, c.BulkTimeout
	switch {
	case strings.HasSuffix(path, ":import"), strings.HasSuffix(path, ":batchCreate"):
		fallback = c.BulkTimeout
	case strings.HasPrefix(path, "/v1/logs/") && strings.HasSuffix(path, "/entries"):
		fallback, longest = c.StreamTimeout, c.StreamTimeout
	}
	if asked, ok := grpcTimeout(r.Header.Get("Grpc-Timeout")); ok {
		return min(asked, longest)
	}
	return fallback
}

// grpcTimeout reads a Grpc-Timeout header: digits and a unit, as gRPC writes it.
func grpcTimeout(h string) (time.Duration, bool) {
	units := map[byte]time.Duration{
		'H': time.Hour, 'M': time.Minute, 'S': time.Second,
		'm': time.Millisecond, 'u': time.Microsecond, 'n': time.Nanosecond,
	}
	if len(h) < 2 || len(h) > 9 {
		return 0, false
	}
	n, err := strconv.ParseUint(h[:len(h)-1], 10, 31)
	unit, ok := units[h[len(h)-1]]
	if err != nil || !ok || n == 0 {
		return 0, false
	}
	return time.Duration(n) * unit, true
}

// limitedBody fails a read past the limit and remembers it, because the decoder reports only that reading failed.
type limitedBody struct {
	from     io.ReadCloser
	left     int64
	exceeded bool
}

var errBodyTooLarge = errors.New("the request body is too large")

func (b *limitedBody) Read(p []byte) (int, error) {
	if b.exceeded {
		return 0, errBodyTooLarge
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.from.Read(p)
	if b.left -= int64(n); b.left < 0 {
		b.exceeded = true
		return 0, errBodyTooLarge
	}
	return n, err
}

func (b *limitedBody) Close() error { return b.from.Close() }

// incomingHeader lets through what services read; the caller's token travels by itself.
func incomingHeader(key string) (string, bool) {
	switch key {
	case "Traceparent", "Tracestate":
		return strings.ToLower(key), true
	}
	return "", false
}

// outgoingHeader lets out what services say to HTTP clients.
func outgoingHeader(key string) (string, bool) {
	switch key {
	case "etag":
		return "ETag", true
	case "cache-control":
		return "Cache-Control", true
	}
	return "", false
}

// notModified stops an answer whose ETag the client has sent.
func notModified(ctx context.Context, w http.ResponseWriter, _ proto.Message) error {
	asked, ok := ctx.Value(ifNoneMatchKey{}).(string)
	if !ok {
		return nil
	}
	tag := w.Header().Get("ETag")
	for candidate := range strings.SplitSeq(asked, ",") {
		if tag != "" && strings.TrimSpace(candidate) == tag {
			return errNotModified
		}
	}
	return nil
}
