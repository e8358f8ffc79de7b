package gateway

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"google.golang.org/protobuf/proto"
)

// conditionKey is the context key of the request's If-None-Match, which is compared after the ETag of the response is
// known.
type conditionKey struct{}

// errNotModified causes a 304 in place of a response that the client already has.
var errNotModified = errors.New("not modified")

func withCondition(ctx context.Context, r *http.Request) context.Context {
	condition := r.Header.Get("If-None-Match")
	if condition == "" || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return ctx
	}
	return context.WithValue(ctx, conditionKey{}, condition)
}

// conditional sets the caching headers of a response. A response with an ETag may be stored and revalidated, and is not
// sent if the client already has it. A response without an ETag must not be stored, because it may contain data that
// only its caller may see.
//
// The ETag is weak because it identifies the content independently of its encoding.
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

// matches uses the weak comparison that RFC 9110 requires for If-None-Match.
func matches(condition, tag string) bool {
	for candidate := range strings.SplitSeq(condition, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}
