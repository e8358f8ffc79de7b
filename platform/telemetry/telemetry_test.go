package telemetry_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	metriccollector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	tracecollector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"

	"github.com/wancun/wancun/platform/config"
	"github.com/wancun/wancun/platform/telemetry"
)

func TestTracesAndMetricsReachTheCollectorUnderTheServicesName(t *testing.T) {
	c := collect(t)
	var logs bytes.Buffer
	tel := start(t, telemetry.Config{Service: "org", Version: "1.2.3", Logs: &logs, Endpoint: c.url})

	ctx, span := tel.Tracer().Tracer("test").Start(t.Context(), "RegisterOrganization")
	tel.Logger().InfoContext(ctx, "registered")
	span.End()
	observeOnce(t, tel)
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}

	traces, metrics := c.received()
	for _, want := range []string{"RegisterOrganization", `string_value:"org"`, `string_value:"1.2.3"`} {
		if !strings.Contains(traces, want) {
			t.Errorf("the collector's traces lack %s:\n%s", want, traces)
		}
	}
	for _, want := range []string{"wancun.journal.position", "wancun.rollup.lag", "wancun.cache.reads", `string_value:"org"`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the collector's metrics lack %s", want)
		}
	}
	if want := "trace_id=" + span.SpanContext().TraceID().String(); !strings.Contains(logs.String(), want) {
		t.Errorf("the log lacks %s:\n%s", want, &logs)
	}
}

func TestMetricsCanBeScraped(t *testing.T) {
	tel := start(t, telemetry.Config{Service: "org", Version: "1.2.3", Logs: io.Discard, Prometheus: true})
	observeOnce(t, tel)
	page := scrape(tel)
	for _, want := range []string{
		`wancun_cache_reads_total{cache="overview",`, `source="tier"`,
		`wancun_journal_position{log="org",`, `wancun_journal_lag_seconds_bucket{log="org",`, `wancun_rollup_position{log="village",`,
		`wancun_journal_staged_age_seconds{log="org",`,
		`peer="gateway"} 1`,
		`service_name="org"`, `service_version="1.2.3"`, "go_goroutines", "process_open_fds",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s:\n%s", want, page)
		}
	}
	if tel.Tracer() != nil {
		t.Error("traces are on without a setting")
	}
}

func TestOffCostsNothing(t *testing.T) {
	tel := start(t, telemetry.Config{Service: "org", Logs: io.Discard})
	if tel.Tracer() != nil || tel.Meter() != nil {
		t.Error("a provider exists: servers would instrument every call without an exporter")
	}
	if page := scrape(tel); !strings.Contains(page, "404") {
		t.Errorf("metrics are served: %s", page)
	}
	instruments, err := telemetry.NewInstruments(tel.Meter())
	if err != nil {
		t.Fatal(err)
	}
	read, numbered, watched := instruments.CacheReads("overview"), instruments.Numbered("org"), instruments.Watched()
	if n := testing.AllocsPerRun(100, func() {
		read(t.Context(), "memory")
		numbered(t.Context(), 7, 1, time.Millisecond)
		watched(t.Context(), "gateway", 1)
		tel.Logger().DebugContext(t.Context(), "not at this level")
	}); n != 0 {
		t.Errorf("observing without an exporter allocates %v times", n)
	}
}

func TestAMissingCollectorDisturbsNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	tel := start(t, telemetry.Config{Service: "org", Logs: io.Discard, Endpoint: "http://" + l.Addr().String()})
	_, span := tel.Tracer().Tracer("test").Start(t.Context(), "RegisterOrganization")
	span.End()
	over, end := context.WithCancel(t.Context())
	end()
	if err := tel.Shutdown(over); err == nil {
		t.Error("Shutdown hides that the last batch was lost")
	}
}

func TestASettingThatCannotBeMeantIsRefusedByName(t *testing.T) {
	good := telemetry.Config{Service: "org", Logs: io.Discard}
	for want, change := range map[string]func(*telemetry.Config){
		"Service":    func(c *telemetry.Config) { c.Service = "" },
		"Logs":       func(c *telemetry.Config) { c.Logs = nil },
		"endpoint":   func(c *telemetry.Config) { c.Endpoint = "collector:4317" },
		"sample":     func(c *telemetry.Config) { c.Sample = 1.5 },
		"log-format": func(c *telemetry.Config) { c.LogFormat = "xml" },
	} {
		c := good
		change(&c)
		if _, err := telemetry.Start(t.Context(), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Start = %v, want an error that names %s", err, want)
		}
	}
}

func TestTheSettingsAreReadAsEveryOther(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317")
	var s struct {
		Telemetry telemetry.Config `embed:"" prefix:"telemetry."`
	}
	s.Telemetry.Service = "org"
	p := config.Program{Name: "org", Description: "-", Args: []string{"--telemetry.log-level=WARN", "--telemetry.prometheus"}, Stdout: io.Discard, Stderr: io.Discard}
	if _, err := config.Parse(p, &s); err != nil {
		t.Fatal(err)
	}
	want := telemetry.Config{Service: "org", Endpoint: "http://collector:4317", Prometheus: true, LogFormat: "text", LogLevel: slog.LevelWarn}
	if s.Telemetry != want {
		t.Errorf("settings = %+v, want %+v", s.Telemetry, want)
	}
}

func start(t *testing.T, c telemetry.Config) *telemetry.Telemetry {
	t.Helper()
	tel, err := telemetry.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return tel
}

// observeOnce uses every instrument.
func observeOnce(t *testing.T, tel *telemetry.Telemetry) {
	t.Helper()
	i, err := telemetry.NewInstruments(tel.Meter())
	if err != nil {
		t.Fatal(err)
	}
	i.CacheReads("overview")(t.Context(), "tier")
	i.Watched()(t.Context(), "gateway", 1)
	i.Numbered("org")(t.Context(), 7, 3, 20*time.Millisecond)
	i.Staged("org")(t.Context(), 30*time.Second)
	i.Applied("village")(t.Context(), 6, 2, 40*time.Millisecond)
}

func scrape(tel *telemetry.Telemetry) string {
	page := httptest.NewRecorder()
	tel.MetricsHandler().ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return page.Body.String()
}

// collector is a real OTLP endpoint on the loopback interface that stores what it receives.
type collector struct {
	tracecollector.UnimplementedTraceServiceServer
	url string

	mu      sync.Mutex
	traces  strings.Builder
	metrics strings.Builder
}

type metricsOf struct {
	metriccollector.UnimplementedMetricsServiceServer
	*collector
}

func (c *collector) Export(_ context.Context, r *tracecollector.ExportTraceServiceRequest) (*tracecollector.ExportTraceServiceResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.traces.WriteString(r.String())
	return &tracecollector.ExportTraceServiceResponse{}, nil
}

func (m metricsOf) Export(_ context.Context, r *metriccollector.ExportMetricsServiceRequest) (*metriccollector.ExportMetricsServiceResponse, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.metrics.WriteString(r.String())
	return &metriccollector.ExportMetricsServiceResponse{}, nil
}

// received returns everything as text without spaces, because protobuf's text form inserts spaces at random.
func (c *collector) received() (traces, metrics string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	squeeze := strings.NewReplacer(" ", "")
	return squeeze.Replace(c.traces.String()), squeeze.Replace(c.metrics.String())
}

func collect(t *testing.T) *collector {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &collector{url: "http://" + l.Addr().String()}
	server := grpc.NewServer()
	tracecollector.RegisterTraceServiceServer(server, c)
	metriccollector.RegisterMetricsServiceServer(server, metricsOf{collector: c})
	go func() { _ = server.Serve(l) }()
	t.Cleanup(server.Stop)
	return c
}
