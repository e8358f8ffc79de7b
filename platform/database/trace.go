package database

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// tracing makes spans of what calls ask of the database, by OpenTelemetry's conventions for database clients; nil makes
// none. What runs by itself, as the journal's numbering does many times a second, belongs to no call and has no span.
type tracing struct {
	tracer trace.Tracer
	system attribute.KeyValue
}

func newTracing(provider trace.TracerProvider, e Engine) *tracing {
	if provider == nil {
		return nil
	}
	system := "sqlite"
	if e == Postgres {
		system = "postgresql"
	}
	return &tracing{
		tracer: provider.Tracer("github.com/wancun/wancun/platform/database"),
		system: attribute.String("db.system.name", system),
	}
}

// begin begins a span of an operation and returns what ends it. The text has parameters and no values.
func (t *tracing) begin(ctx context.Context, operation, text string) (context.Context, func(error)) {
	if t == nil || !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx, func(error) {}
	}
	attributes := []attribute.KeyValue{t.system, attribute.String("db.operation.name", operation)}
	if text != "" {
		attributes = append(attributes, attribute.String("db.query.text", text))
	}
	ctx, span := t.tracer.Start(ctx, operation, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributes...))
	return ctx, func(err error) {
		if err != nil {
			span.SetStatus(codes.Error, "") // what it says may repeat a value
		}
		span.End()
	}
}

// operation is the verb of a query: "SELECT".
func operation(text string) string {
	verb, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	return verb
}
