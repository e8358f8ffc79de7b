package server_test

import (
	"io"
	"log/slog"
	"testing"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"google.golang.org/grpc"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/server"
	"github.com/wancun/wancun/platform/servertest"
)

func BenchmarkCall(b *testing.B) {
	get := func(b *testing.B, conn grpc.ClientConnInterface) {
		b.Helper()
		needs := villagev1.NewNeedServiceClient(conn)
		ctx := asLeader(b.Context())
		b.ReportAllocs()
		for b.Loop() {
			if _, err := needs.GetNeed(ctx, &villagev1.GetNeedRequest{Name: aNeed}); err != nil {
				b.Fatal(err)
			}
		}
	}
	logged := func(level slog.Level) func(*server.Deps) {
		return func(d *server.Deps) {
			d.Logger = slog.New(slog.NewJSONHandler(io.Discard, &slog.HandlerOptions{Level: level}))
		}
	}
	start := func(b *testing.B, change func(*server.Deps)) *server.Server {
		b.Helper()
		s := newServer(b, server.Config{}, change, echo().register)
		if err := s.Start(); err != nil {
			b.Fatal(err)
		}
		return s
	}
	b.Run("in the process", func(b *testing.B) { get(b, start(b, logged(slog.LevelWarn)).Conn()) })
	b.Run("in the process, through the client kit", func(b *testing.B) { get(b, client.Wrap(start(b, logged(slog.LevelWarn)).Conn())) })
	b.Run("in the process, logged", func(b *testing.B) { get(b, start(b, logged(slog.LevelInfo)).Conn()) })
	b.Run("in the process, measured", func(b *testing.B) {
		get(b, start(b, func(d *server.Deps) {
			logged(slog.LevelWarn)(d)
			d.Meter = sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))
		}).Conn())
	})
	b.Run("over TCP", func(b *testing.B) {
		get(b, servertest.Dial(b, servertest.Serve(b, start(b, logged(slog.LevelWarn)))))
	})
}
