package gateway_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/server"
	"github.com/wancun/wancun/platform/servertest"
)

// hot returns the overview from memory, like report with a filled cache.
type hot struct {
	reportv1.UnimplementedBulletinServiceServer
	data []byte
}

// GetOverview returns the encoded JSON.
func (h hot) GetOverview(ctx context.Context, _ *reportv1.GetOverviewRequest) (*httpbody.HttpBody, error) {
	if err := grpc.SetHeader(ctx, metadata.Pairs("etag", `"7"`)); err != nil {
		return nil, err
	}
	return &httpbody.HttpBody{ContentType: "application/json", Data: h.data}, nil
}

// BenchmarkOverview compares a cached overview through the gateway and the interceptors with a bare handler of the same
// bytes, over the loopback interface. `share` is the gateway's requests per second divided by those of the bare
// handler.
func BenchmarkOverview(b *testing.B) {
	data := []byte(`{"rows": "` + strings.Repeat("village ", 1200) + `"}`)
	// As in `wancun up`, successful calls are not logged.
	s, err := server.New(server.Config{}, server.Deps{Verifier: servertest.Verifier(b), Logger: slog.New(slog.DiscardHandler), Clock: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	reportv1.RegisterBulletinServiceServer(s, hot{data: data})
	if err := s.Start(); err != nil {
		b.Fatal(err)
	}
	bare := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
		_, _ = w.Write(data)
	})
	var perSecond [2]float64
	for i, one := range []struct {
		name    string
		handler http.Handler
	}{{"bare", bare}, {"gateway", open(b, s.Conn())}} {
		b.Run(one.name, func(b *testing.B) {
			address := serve(b, one.handler) + overview
			transport := &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}
			b.Cleanup(transport.CloseIdleConnections)
			b.SetParallelism(8)
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				client := &http.Client{Transport: transport}
				for pb.Next() {
					r, err := client.Get(address)
					if err != nil {
						b.Error(err)
						return
					}
					n, _ := io.Copy(io.Discard, r.Body)
					_ = r.Body.Close()
					if n != int64(len(data)) {
						b.Errorf("%s, %d bytes", r.Status, n)
						return
					}
				}
			})
			perSecond[i] = float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(perSecond[i], "req/s")
			if i == 1 && perSecond[0] > 0 {
				b.ReportMetric(perSecond[1]/perSecond[0], "share")
			}
		})
	}
}
