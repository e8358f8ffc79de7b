package gateway

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"google.golang.org/protobuf/proto"
)

// conditionKey carries the request's If-None-Match to where the answer's ETag is known.
type conditionKey struct{}

// errNotModified turns an answer that the client already has into a 304.
var errNotModified = errors.New("not modified")

func withCondition(ctx context.Context, r *http.Request) context.Context {
	condition := r.Header.Get("If-None-Match")
	if condition == "" || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return ctx
	}
	return context.WithValue(ctx, conditionKey{}, condition)
}

// conditional says how long an answer holds: one with an ETag may be kept and asked for again, and is not sent if the
// client has it; another may not be kept at all, for it may hold what its caller alone may see.
//
// The ETag is weak because it stands for the content, in whichever encoding it travels.
func conditional(ctx context.Context, w http.ResponseWriter, _ proto.Message) error {
	h := w.Header()
	tag := h.Get("Etag")
	if tag == "" {
		h.Set("Cache-Control", "no-store")
		return nil
	}
	h.Set("Cache-Control", "no-cache")
	h.Set("Etag", "W/"+strings.TrimPrefix(tag, "W/"))
	if condition, ok := ctx.Value(conditionKey{}).(string); ok && matches(condition, tag) {
		return errNotModified
	}
	return nil
}

// matches compares weakly, as RFC 9110 has it for If-None-Match.
func matches(condition, tag string) bool {
	for candidate := range strings.SplitSeq(condition, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}
