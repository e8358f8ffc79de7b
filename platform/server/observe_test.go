package server_test

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	oteltrace "go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/server"
	"github.com/wancun/wancun/platform/servertest"
)

func TestALogLineNamesTheTraceEvenWithoutTelemetry(t *testing.T) {
	var seen oteltrace.SpanContext
	s := newServer(t, server.Config{}, nil, (&needs{get: func(ctx context.Context, _ *villagev1.GetNeedRequest) (*villagev1.Need, error) {
		seen = oteltrace.SpanContextFromContext(ctx)
		return &villagev1.Need{}, nil
	}}).register)
	bothWays(t, s, func(t *testing.T, conn grpc.ClientConnInterface) {
		ctx, span := trace.NewTracerProvider().Tracer("test").Start(asLeader(t.Context()), "outer")
		defer span.End()
		if _, err := villagev1.NewNeedServiceClient(conn).GetNeed(ctx, &villagev1.GetNeedRequest{Name: aNeed}); err != nil {
			t.Fatal(err)
		}
		if got, want := seen.TraceID(), span.SpanContext().TraceID(); got != want {
			t.Errorf("the call is handled in trace %v, want %v", got, want)
		}
	})
}

func TestACallIsTracedBelowItsCallerAndMeasured(t *testing.T) {
	spans, reader := tracetest.NewSpanRecorder(), metric.NewManualReader()
	tracer := trace.NewTracerProvider(trace.WithSpanProcessor(spans))
	meter := metric.NewMeterProvider(metric.WithReader(reader))
	s := newServer(t, server.Config{}, func(d *server.Deps) { d.Tracer, d.Meter = tracer, meter }, echo().register)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	network, err := client.Dial("passthrough:///"+servertest.Serve(t, s), client.Config{Tracer: tracer})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = network.Close() })

	for name, conn := range map[string]grpc.ClientConnInterface{"in the process": s.Conn(), "over the network": network} {
		t.Run(name, func(t *testing.T) {
			ctx, outer := tracer.Tracer("test").Start(asLeader(t.Context()), "outer")
			if _, err := villagev1.NewNeedServiceClient(conn).GetNeed(ctx, &villagev1.GetNeedRequest{Name: aNeed}); err != nil {
				t.Fatal(err)
			}
			outer.End()
			var found bool
			for _, span := range spans.Started() {
				if span.Name() == "wancun.village.v1.NeedService/GetNeed" && span.Parent().TraceID() == outer.SpanContext().TraceID() {
					found = true
				}
			}
			if !found {
				t.Error("no span of the call descends from the caller's")
			}
		})
	}
	var measured metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &measured); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, scope := range measured.ScopeMetrics {
		for _, m := range scope.Metrics {
			names = append(names, m.Name)
		}
	}
	if len(names) != 1 || names[0] != "rpc.server.call.duration" {
		t.Errorf("measured %q, want the duration of calls", names)
	}
}
