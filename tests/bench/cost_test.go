package bench

import (
	"context"
	"net"
	"path/filepath"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/server"
	"github.com/wancun/wancun/platform/server/mtls"
	"github.com/wancun/wancun/platform/servertest"
	"github.com/wancun/wancun/platform/telemetry"
	"github.com/wancun/wancun/tests/suite"
)

// way is the transport and the observation of a client and a server.
type way struct {
	server func(*server.Deps)
	client client.Config
}

// BenchmarkCostOfWays calls action over loopback, 16 calls at a time on one connection, alternately with mTLS or
// tracing and without both. "ratio" is the rate of calls with the feature divided by the rate without it, for reads,
// which do little other work, and for recording deliveries on PostgreSQL.
func BenchmarkCostOfWays(b *testing.B) {
	for _, w := range []struct {
		name string
		way  way
	}{
		{"mtls", provenWay(b)},
		{"tracing=all", tracedWay(b, 1)},
		{"tracing=tenth", tracedWay(b, 0.1)},
	} {
		b.Run(w.name, func(b *testing.B) {
			costly, plain := connect(b, w.way), connect(b, way{})
			b.Run("reads", func(b *testing.B) { compare(b, "calls/s", costly.reads, plain.reads) })
			b.Run("records", func(b *testing.B) { compare(b, "calls/s", costly.rate, plain.rate) })
		})
	}
}

// connect serves action and connects to it in the given way.
func connect(b *testing.B, w way) *recorders {
	b.Helper()
	deps := server.Deps{Verifier: servertest.Verifier(b), Logger: quiet(b), Clock: time.Now}
	if w.server != nil {
		w.server(&deps)
	}
	s, err := server.New(server.Config{}, deps)
	if err != nil {
		b.Fatal(err)
	}
	openAction(b, servertest.Postgres(b), deps.Tracer).Register(s)
	conn, err := client.Dial(servertest.Serve(b, s), w.client)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { closed(b, conn.Close) })
	r := newRecorders(b, conn)
	if _, err := r.record(0); err != nil {
		b.Fatal(err)
	}
	return r
}

// reads gets the campaign repeatedly during a turn.
func (r *recorders) reads(b *testing.B) float64 {
	campaigns := actionv1.NewCampaignServiceClient(r.conns[0])
	return closedLoop(b, writers, func(int) error {
		_, err := campaigns.GetCampaign(r.ctx, &actionv1.GetCampaignRequest{Name: campaign})
		return err
	}, nil)
}

// provenWay is mTLS with certificates of `wancun certs`.
func provenWay(b *testing.B) way {
	b.Helper()
	dir := b.TempDir()
	suite.MustRun(b, "certs", "--dir", dir, "gateway", "action")
	identity := func(name string) *mtls.Identity {
		i, err := mtls.Open(mtls.Files{
			Certificate: filepath.Join(dir, name+".pem"), Key: filepath.Join(dir, name+"-key.pem"), Authority: filepath.Join(dir, "ca.pem"),
		})
		if err != nil {
			b.Fatal(err)
		}
		return i
	}
	return way{
		server: func(d *server.Deps) { d.TLS = identity("action").Server("gateway") },
		client: client.Config{TLS: identity("gateway").Client("action")},
	}
}

// tracedWay sends a share of the traces, and all metrics, to a collector on loopback, as the processes of a cluster do.
func tracedWay(b *testing.B, share float64) way {
	b.Helper()
	sink := grpc.NewServer()
	collector.RegisterTraceServiceServer(sink, bin{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() { _ = sink.Serve(l) }() // until Stop
	b.Cleanup(sink.Stop)
	side := func(name string) *telemetry.Telemetry {
		t, err := telemetry.Start(b.Context(), telemetry.Config{
			Service: name, Version: "bench", Logs: b.Output(), Endpoint: "http://" + l.Addr().String(), Sample: share,
		})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = t.Shutdown(context.WithoutCancel(b.Context())) }) // the collector may have stopped before
		return t
	}
	serving, calling := side("action"), side("gateway")
	return way{
		server: func(d *server.Deps) { d.Tracer, d.Meter = serving.Tracer(), serving.Meter() },
		client: client.Config{Tracer: calling.Tracer(), Meter: calling.Meter()},
	}
}

// bin receives spans and discards them.
type bin struct {
	collector.UnimplementedTraceServiceServer
}

// Export implements the collector's RPC.
func (bin) Export(context.Context, *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	return &collector.ExportTraceServiceResponse{}, nil
}
