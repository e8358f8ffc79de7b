package database_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/wancun/wancun/platform/database"
)

func TestATracedCallShowsWhatItAskedOfTheDatabase(t *testing.T) {
	for _, engine := range everyEngine {
		t.Run(engine.name, func(t *testing.T) {
			target := engine.url(t)
			migrated(t, target)
			spans := tracetest.NewSpanRecorder()
			provider := trace.NewTracerProvider(trace.WithSpanProcessor(spans))
			db, err := database.Open(t.Context(), database.Config{URL: target, Tracer: provider})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })

			apply(t, db, need("untraced")) // like background work, without a call
			ctx, call := provider.Tracer("test").Start(t.Context(), "call")
			if err := db.Apply(ctx, []database.Statement{need("secret")}); err != nil {
				t.Fatal(err)
			}
			err = db.Snapshot(ctx, func(ctx context.Context, q database.Querier) error {
				_, err := database.All[string](ctx, q, "SELECT name FROM needs WHERE name = $1", "secret")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			call.End()

			type shown struct{ Name, Text string }
			var got []shown
			for _, s := range spans.Ended() {
				if s.Name() != "call" && s.Parent().SpanID() != call.SpanContext().SpanID() {
					t.Errorf("span %s is not a child of the call", s.Name())
				}
				one := shown{Name: s.Name()}
				for _, a := range s.Attributes() {
					if a.Key == "db.query.text" {
						one.Text = a.Value.AsString()
					}
				}
				got = append(got, one)
			}
			want := []shown{{"WRITE", ""}, {"SELECT", "SELECT name FROM needs WHERE name = $1"}, {"call", ""}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("spans (-want +got):\n%s", diff)
			}
		})
	}
}
