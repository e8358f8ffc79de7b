package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/trace"

	"github.com/wancun/wancun/platform/telemetry/loglimit"
)

// Config configures the logs, traces and metrics of a process. The program sets Service, Version and Logs; package
// config reads the other fields. Their zero values mean text logs from INFO, and neither traces nor metrics.
type Config struct {
	Service string    `kong:"-"` // the attribute service.name, such as org
	Version string    `kong:"-"` // the attribute service.version
	Logs    io.Writer `kong:"-"` // receives the log lines

	Endpoint   string     `help:"OTLP/gRPC collector for traces and metrics, http://HOST:PORT or https://. Headers and certificates by the standard OTEL_EXPORTER_OTLP_ variables." placeholder:"URL" env:"WANCUN_TELEMETRY_ENDPOINT,OTEL_EXPORTER_OTLP_ENDPOINT"`
	Sample     float64    `help:"Share of the traces begun here that are recorded, above 0 to 1; 0 means all. A caller's decision goes before it."`
	Prometheus bool       `help:"Offer metrics on the ops port."`
	LogFormat  string     `help:"Log lines as text or json." enum:",text,json" default:"text"`
	LogLevel   slog.Level `help:"Least level that is logged: DEBUG, INFO, WARN or ERROR." default:"INFO"`
}

// Telemetry owns the logger, the tracer and the meter of a process. It is safe for concurrent use.
type Telemetry struct {
	logger   *slog.Logger
	tracer   trace.TracerProvider
	meter    metric.MeterProvider
	metrics  http.Handler
	shutdown []func(context.Context) error
}

// Start sets up the logger, the tracer and the meter. It does not wait for the collector, which may start later or
// never. It returns an error that names a setting with an invalid value. Call Shutdown at the end, or the last batch is
// lost.
//
// With an Endpoint it also logs OpenTelemetry's own errors. OpenTelemetry has one error handler per process.
func Start(ctx context.Context, c Config) (*Telemetry, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	t := &Telemetry{logger: slog.New(c.logHandler()), metrics: http.NotFoundHandler()}
	if c.Endpoint == "" && !c.Prometheus {
		return t, nil
	}
	about, err := resource.New(ctx, resource.WithHost(), resource.WithFromEnv(), resource.WithTelemetrySDK(), resource.WithAttributes(
		attribute.String("service.name", c.Service), attribute.String("service.version", c.Version)))
	if err != nil {
		return nil, fmt.Errorf("telemetry: describe the process: %w", err)
	}
	if err := errors.Join(t.startTraces(ctx, c, about), t.startMetrics(ctx, c, about)); err != nil {
		return nil, errors.Join(fmt.Errorf("telemetry: %w", err), t.Shutdown(ctx))
	}
	if c.Endpoint != "" {
		failures := loglimit.New(t.logger, loglimit.Config{})
		otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
			failures.Warn("traces or metrics were not delivered", "error", err)
		}))
	}
	return t, nil
}

func (c Config) check() error {
	switch {
	case c.Service == "":
		return errors.New("the name of the Service is missing")
	case c.Logs == nil:
		return errors.New("the writer for Logs is missing")
	case c.Sample < 0 || c.Sample > 1:
		return fmt.Errorf("sample is %v, want 0 to 1", c.Sample)
	case c.LogFormat != "" && c.LogFormat != "text" && c.LogFormat != "json":
		return fmt.Errorf("log-format is %q, want text or json", c.LogFormat)
	}
	if c.Endpoint == "" {
		return nil
	}
	if u, err := url.Parse(c.Endpoint); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("endpoint is %q, want http://HOST:PORT or https://HOST:PORT", c.Endpoint)
	}
	return nil
}

// Logger returns the logger. Its lines carry the trace of the context that they are logged with.
func (t *Telemetry) Logger() *slog.Logger { return t.logger }

// Tracer returns the provider of tracers; nil means that traces are off.
func (t *Telemetry) Tracer() trace.TracerProvider { return t.tracer }

// Meter returns the provider of meters; nil means that metrics are off.
func (t *Telemetry) Meter() metric.MeterProvider { return t.meter }

// MetricsHandler returns the handler that serves the metrics to Prometheus, with the metrics of the Go runtime and the
// process. It answers 404 unless Prometheus is configured. Serve it on the ops port only: metrics name methods and
// peers.
func (t *Telemetry) MetricsHandler() http.Handler { return t.metrics }

// Shutdown sends what is buffered and stops the exporters, until ctx ends. The logger continues to work.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	var errs []error
	for _, stop := range t.shutdown {
		errs = append(errs, stop(ctx))
	}
	return errors.Join(errs...)
}
