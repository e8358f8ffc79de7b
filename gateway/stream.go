package gateway

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
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

// jsonLinesType is the media type of JSON messages on a line each.
const jsonLinesType = "application/x-ndjson"

// lines marshals responses as JSON, and each element of a stream as a line: {"result":…}, or {"error":…} with the
// problem that ended the stream.
type lines struct{ runtime.HTTPBodyMarshaler }

func jsonLines() *lines {
	return &lines{runtime.HTTPBodyMarshaler{Marshaler: &runtime.JSONPb{
		MarshalOptions: protojson.MarshalOptions{EmitDefaultValues: true},
	}}}
}

// StreamContentType is the content type of a response with several lines.
func (l *lines) StreamContentType(any) string { return jsonLinesType }

// Marshal marshals a response or an element of a stream.
func (l *lines) Marshal(v any) ([]byte, error) {
	if failure, ok := failed(v); ok {
		return failure.element(), nil
	}
	return l.HTTPBodyMarshaler.Marshal(v)
}

// failed returns the problem of the element with which the runtime ends a failed stream.
func failed(v any) (problem, bool) {
	if element, ok := v.(map[string]proto.Message); ok {
		if s, ok := element["error"].(*spb.Status); ok {
			return describe(status.FromProto(s)), true
		}
	}
	return problem{}, false
}

// events marshals the elements of a stream as Server-Sent Events, and other responses like lines. The id of an event is
// the position of its last entry, after which a browser resumes by itself.
type events struct{ *lines }

// StreamContentType is the content type of Server-Sent Events.
func (e events) StreamContentType(any) string { return eventStream }

// Delimiter is the end of an event.
func (e events) Delimiter() []byte { return []byte("\n\n") }

// Marshal marshals a response or an element of a stream. The JSON contains no line breaks, so it fits into one line of
// data.
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

// errDraining ends the streams of a server that is stopping.
var errDraining = fault.Unavailable("DRAINING", time.Second, nil)

// streams is a middleware for all routes. It ends a stream when the server drains, because the stream has no end and
// its client can reconnect to another server. It also makes a browser that reconnects resume after the last event it
// received, instead of the position in its URL. A call with a stream of requests has an end and may complete.
func streams(draining context.Context, all *routes) runtime.Middleware {
	return func(next runtime.HandlerFunc) runtime.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request, path map[string]string) {
			if o := all.of(r); !o.stream || o.upload {
				next(w, r, path)
				return
			}
			ctx, cancel := context.WithCancelCause(r.Context())
			defer cancel(nil)
			if draining != nil {
				defer context.AfterFunc(draining, func() { cancel(errDraining) })()
			}
			next(w, resumed(r.WithContext(ctx)), path)
		}
	}
}

func resumed(r *http.Request) *http.Request {
	last := r.Header.Get("Last-Event-ID")
	if last == "" {
		return r
	}
	u := *r.URL
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return r // admitted refuses it later
	}
	q.Set("after", last)
	u.RawQuery = q.Encode()
	r.URL = &u
	return r
}
