// Package telemetry owns what a process tells its operators: logs, traces and metrics, set up once by Start and handed to
// whoever needs them. Nothing of ours reads OpenTelemetry's globals, so two of these live side by side in a test.
//
// What may be relied on: a log line written with a call's context carries trace_id and span_id of that call, also in a
// process that records no traces itself. Traces and metrics go by OTLP to a collector, metrics also to whoever scrapes the
// handler; each of the two is off unless asked for. A collector that is not there never delays or fails a call: what
// cannot be sent is dropped and said in the log.
//
// Off means off: Tracer and Meter are then nil, which everything in this platform that takes a provider reads as "nobody
// observes" and leaves its instrumentation out, rather than calling one that does nothing.
package telemetry
