package telemetry

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
)

func (c Config) logHandler() slog.Handler {
	options := &slog.HandlerOptions{Level: c.LogLevel}
	var lines slog.Handler = slog.NewTextHandler(c.Logs, options)
	if c.LogFormat == "json" {
		lines = slog.NewJSONHandler(c.Logs, options)
	}
	about := []slog.Attr{slog.String("service", c.Service)}
	if c.Version != "" {
		about = append(about, slog.String("version", c.Version))
	}
	return traced{Handler: lines.WithAttrs(about)}
}

// traced adds the trace of the context to each record, outside of any group, so that a search for trace_id finds every
// line.
type traced struct {
	slog.Handler              // with all attributes and groups added
	outer        slog.Handler // with the attributes before the first group; nil without a group
	regroup      func(slog.Handler) slog.Handler
}

// Handle implements slog.Handler.
func (h traced) Handle(ctx context.Context, record slog.Record) error {
	span := trace.SpanContextFromContext(ctx)
	if !span.IsValid() {
		return h.Handler.Handle(ctx, record)
	}
	id, in := slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String())
	if h.outer != nil {
		return h.regroup(h.outer.WithAttrs([]slog.Attr{id, in})).Handle(ctx, record)
	}
	record = record.Clone()
	record.AddAttrs(id, in)
	return h.Handler.Handle(ctx, record)
}

// WithAttrs implements slog.Handler.
func (h traced) WithAttrs(attrs []slog.Attr) slog.Handler {
	return h.with(func(inner slog.Handler) slog.Handler { return inner.WithAttrs(attrs) }, false)
}

// WithGroup implements slog.Handler.
func (h traced) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.with(func(inner slog.Handler) slog.Handler { return inner.WithGroup(name) }, true)
}

func (h traced) with(step func(slog.Handler) slog.Handler, group bool) slog.Handler {
	next := traced{Handler: step(h.Handler)}
	switch before := h.regroup; {
	case h.outer != nil:
		next.outer = h.outer
		next.regroup = func(inner slog.Handler) slog.Handler { return step(before(inner)) }
	case group:
		next.outer, next.regroup = h.Handler, step
	}
	return next
}
