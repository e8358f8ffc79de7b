// Package telemetry provides the logs, traces and metrics of a process. Start sets them up once, and the program passes
// them to the packages that need them. No package of the suite uses OpenTelemetry's globals, so a test can run two
// instances side by side.
//
// What may be relied on: a log line written with a call's context carries the trace_id and span_id of that call, even
// if the process records no traces itself. Traces and metrics are sent to a collector by OTLP; metrics are also served
// by the handler, for Prometheus. Each of the two is off unless it is configured. An unreachable collector never delays
// or fails a call: what cannot be sent is dropped, and the failure is logged.
//
// When traces or metrics are off, Tracer or Meter returns nil. The packages of the platform read a nil provider as
// disabled and leave out their instrumentation, instead of calling a provider that does nothing.
package telemetry
