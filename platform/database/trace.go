package database

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// tracing records a span for each database operation of a call, by OpenTelemetry's conventions for database clients.
// Nil records none. Background work, such as the journal's numbering many times a second, belongs to no call and has no
// span.
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

// begin begins a span of an operation and returns the function that ends it. text has parameters and no values.
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
			span.SetStatus(codes.Error, "") // its text may contain a value
		}
		span.End()
	}
}

// operation returns the verb of a query, such as "SELECT".
func operation(text string) string {
	verb, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	return verb
}
