package gateway

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/fault"
)

// eventStream is the media type of Server-Sent Events.
const eventStream = "text/event-stream"

func isStream(path string) bool {
	return strings.HasPrefix(path, "/v1/logs/") && strings.HasSuffix(path, "/entries")
}

// lines writes answers as JSON and the elements of a stream as a line each: {"result":…}, or {"error":…} with a problem
// for the failure that ends it.
type lines struct{ runtime.HTTPBodyMarshaler }

func jsonLines() *lines {
	return &lines{runtime.HTTPBodyMarshaler{Marshaler: &runtime.JSONPb{
		MarshalOptions: protojson.MarshalOptions{EmitDefaultValues: true},
	}}}
}

// StreamContentType is what an answer of several lines is.
func (l *lines) StreamContentType(any) string { return "application/x-ndjson" }

// Marshal writes an answer, or an element of a stream.
func (l *lines) Marshal(v any) ([]byte, error) {
	if failure, ok := failed(v); ok {
		return failure.element(), nil
	}
	return l.HTTPBodyMarshaler.Marshal(v)
}

// failed recognizes the element with which the runtime ends a stream that fails.
func failed(v any) (problem, bool) {
	if element, ok := v.(map[string]proto.Message); ok {
		if s, ok := element["error"].(*spb.Status); ok {
			return describe(status.FromProto(s)), true
		}
	}
	return problem{}, false
}

// events writes the elements of a stream as Server-Sent Events, other answers as before. The id of an event is the
// position of its last entry, from which a browser resumes by itself.
type events struct{ *lines }

// StreamContentType is what browsers ask for.
func (e events) StreamContentType(any) string { return eventStream }

// Delimiter ends an event.
func (e events) Delimiter() []byte { return []byte("\n\n") }

// Marshal writes an answer, or an element of a stream. JSON has no line breaks of its own here, so it is one line of data.
func (e events) Marshal(v any) ([]byte, error) {
	b, err := e.lines.Marshal(v)
	if err != nil {
		return nil, err
	}
	if _, ok := failed(v); ok {
		return append([]byte("event: problem\ndata: "), b...), nil
	}
	element, ok := v.(map[string]any)
	if !ok {
		return b, nil
	}
	var head string
	if r, ok := element["result"].(*journalv1.ReadResponse); ok && len(r.GetEntries()) > 0 {
		head = fmt.Sprintf("id: %d\n", r.GetEntries()[len(r.GetEntries())-1].GetPosition())
	}
	return append([]byte(head+"data: "), b...), nil
}

// errDraining ends the streams of a server that stops.
var errDraining = fault.Unavailable("DRAINING", time.Second, nil)

// streams lets a stream end when the server drains, since it has no end of its own and its client connects to another
// server, and lets a browser that reconnects go on after the last event that it has seen, not after the one in its address.
func streams(draining context.Context, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isStream(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		ctx, cancel := context.WithCancelCause(r.Context())
		defer cancel(nil)
		if draining != nil {
			defer context.AfterFunc(draining, func() { cancel(errDraining) })()
		}
		next.ServeHTTP(w, resumed(r.WithContext(ctx)))
	})
}

func resumed(r *http.Request) *http.Request {
	last := r.Header.Get("Last-Event-ID")
	if last == "" {
		return r
	}
	u := *r.URL
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return r // which is refused later
	}
	q.Set("after", last)
	u.RawQuery = q.Encode()
	r.URL = &u
	return r
}
