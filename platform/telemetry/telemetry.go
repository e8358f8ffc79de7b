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

// Config says what the process tells and to whom. The exported settings are read by package config; Service, Version and
// Logs are the program's own. With the zero value of the rest, logs are text from INFO up and nothing else happens.
type Config struct {
	Service string    `kong:"-"` // service.name, such as org
	Version string    `kong:"-"` // service.version
	Logs    io.Writer `kong:"-"` // where log lines go

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

// Start sets everything up. It does not wait for the collector, which may come later than this process or never. It
// refuses, by name, a setting that cannot be meant. Call Shutdown at the end, or the last batch is lost.
//
// With an Endpoint it also routes OpenTelemetry's own complaints to the log, which can be done for a whole process only.
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

// Logger writes lines that carry the trace of the context they are logged with.
func (t *Telemetry) Logger() *slog.Logger { return t.logger }

// Tracer makes spans; nil if traces are off.
func (t *Telemetry) Tracer() trace.TracerProvider { return t.tracer }

// Meter makes instruments; nil if metrics are off.
func (t *Telemetry) Meter() metric.MeterProvider { return t.meter }

// MetricsHandler serves the metrics to Prometheus, with those of the Go runtime and the process; it answers 404 if they
// are not offered. It belongs on the ops port: metrics name methods and peers.
func (t *Telemetry) MetricsHandler() http.Handler { return t.metrics }

// Shutdown sends what is still held back and stops, until ctx ends. Logging goes on.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	var errs []error
	for _, stop := range t.shutdown {
		errs = append(errs, stop(ctx))
	}
	return errors.Join(errs...)
}
