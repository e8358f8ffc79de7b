//go:build cluster

package cluster

import (
	"context"
	"encoding/hex"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"

	"github.com/wancun/wancun/tests/suite"
)

func TestOneTraceLeadsFromTheRequestToPeersAndRedis(t *testing.T) {
	spans := collect(t)
	t.Setenv("WANCUN_OTLP_ENDPOINT", spans.address) // every process takes it up
	t.Setenv("WANCUN_TRACE_RATIO", "1")
	dir := t.TempDir()
	cluster := start(t, "wancun", append([]string{"cluster", "--replicas=1", "--data", dir}, servers(t)...)...)
	suite.Eventually(t, "the demonstration", func() bool { s, ok := read(t, dir); return cluster.over() || ok && loaded(t, s) })
	s := serving(t, cluster, dir)

	const trace = "0af7651916cd43dd8448eb211c80319c"
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Gateway+overview, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Traceparent", "00-"+trace+"-b7ad6b7169203331-01")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()                                    // its trace is what counts
	if code := cluster.signal(t, syscall.SIGTERM); code != 0 { // and so the last spans are sent
		t.Errorf("exit code = %d", code)
	}
	for _, want := range []string{"gateway/GET /v1/", "report/wancun.report.v1.BulletinService/GetOverview"} {
		if !slices.Contains(spans.of(trace), want) {
			t.Errorf("the request's trace lacks %s: %v", want, spans.of(trace))
		}
	}
	for _, both := range [][]string{
		{"action/wancun.action.v1.CampaignService/CreateCampaign", "village/wancun.village.v1.ScopeService/GetScope"},
		{"report/wancun.report.v1.BulletinService/GetOverview", "report/GET"},
	} {
		if !spans.together(both...) {
			t.Errorf("no trace holds %v", both)
		}
	}
}

const overview = "/v1/campaigns/five-special-actions-2019/overview"

// loaded reports whether the demonstration is there: its statements come last.
func loaded(t *testing.T, s state) bool {
	t.Helper()
	page, err := fetch(t.Context(), s.Gateway+"/v1/campaigns/five-special-actions-2019/statements", "")
	return err == nil && strings.Contains(page, "/statements/")
}

// collected is a real OTLP endpoint on loopback that keeps what it is sent: "service/span" by trace.
type collected struct {
	collector.UnimplementedTraceServiceServer
	address string

	mu     sync.Mutex
	traces map[string][]string
}

// Export takes spans.
func (c *collected) Export(_ context.Context, r *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, of := range r.GetResourceSpans() {
		var service string
		for _, a := range of.GetResource().GetAttributes() {
			if a.GetKey() == "service.name" {
				service = a.GetValue().GetStringValue()
			}
		}
		for _, scope := range of.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				trace := hex.EncodeToString(span.GetTraceId())
				c.traces[trace] = append(c.traces[trace], service+"/"+strings.TrimPrefix(span.GetName(), "/"))
			}
		}
	}
	return &collector.ExportTraceServiceResponse{}, nil
}

// of are the spans of a trace.
func (c *collected) of(trace string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.traces[trace]
}

// together reports whether one trace holds all of the spans.
func (c *collected) together(spans ...string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, trace := range c.traces {
		if !slices.ContainsFunc(spans, func(s string) bool { return !slices.Contains(trace, s) }) {
			return true
		}
	}
	return false
}

func collect(t *testing.T) *collected {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &collected{address: l.Addr().String(), traces: map[string][]string{}}
	server := grpc.NewServer()
	collector.RegisterTraceServiceServer(server, c)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(server.Stop)
	return c
}
