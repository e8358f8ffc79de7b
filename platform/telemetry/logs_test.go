package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"

	"github.com/wancun/wancun/platform/telemetry"
)

const (
	traceID = "0af7651916cd43dd8448eb211c80319c"
	spanID  = "b7ad6b7169203331"
)

func TestEveryLineOfACallCarriesItsTraceAtTheTop(t *testing.T) {
	cases := []struct {
		name string
		ctx  context.Context
		log  func(context.Context, *slog.Logger)
		want map[string]any
	}{
		{
			"a plain line", called(t),
			func(ctx context.Context, l *slog.Logger) { l.InfoContext(ctx, "done", "n", 1) },
			map[string]any{"n": 1.0, "trace_id": traceID, "span_id": spanID},
		},
		{
			"a logger with attributes", called(t),
			func(ctx context.Context, l *slog.Logger) { l.With("method", "Get").InfoContext(ctx, "done") },
			map[string]any{"method": "Get", "trace_id": traceID, "span_id": spanID},
		},
		{
			"a logger with groups", called(t),
			func(ctx context.Context, l *slog.Logger) {
				l.With("a", 1).WithGroup("call").With("b", 2).WithGroup("peer").InfoContext(ctx, "done", "c", 3)
			},
			map[string]any{
				"a": 1.0, "call": map[string]any{"b": 2.0, "peer": map[string]any{"c": 3.0}},
				"trace_id": traceID, "span_id": spanID,
			},
		},
		{
			"outside of a call", t.Context(),
			func(ctx context.Context, l *slog.Logger) { l.WithGroup("").InfoContext(ctx, "done") },
			map[string]any{},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var line bytes.Buffer
			tel := start(t, telemetry.Config{Service: "org", Version: "1.2.3", Logs: &line, LogFormat: "json"})
			c.log(c.ctx, tel.Logger())
			var got map[string]any
			if err := json.Unmarshal(line.Bytes(), &got); err != nil {
				t.Fatalf("%v in %s", err, &line)
			}
			delete(got, "time")
			c.want["level"], c.want["msg"], c.want["service"], c.want["version"] = "INFO", "done", "org", "1.2.3"
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("line (-want +got):\n%s", diff)
			}
		})
	}
}

// called returns the context of a call whose caller sent a trace, in a process that records no traces.
func called(t *testing.T) context.Context {
	t.Helper()
	id, err := trace.TraceIDFromHex(traceID)
	if err != nil {
		t.Fatal(err)
	}
	span, err := trace.SpanIDFromHex(spanID)
	if err != nil {
		t.Fatal(err)
	}
	return trace.ContextWithRemoteSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, SpanID: span}))
}
