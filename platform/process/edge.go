package process

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"

	"github.com/wancun/wancun/platform/telemetry/loglimit"
)

// Edge is the program of the suite that serves HTTP. S is its settings, a struct that embeds [EdgeSettings].
type Edge[S any] struct {
	// Name is the name of the program.
	Name string
	// Description is the text that --help prints.
	Description string
	// Open returns the handler.
	Open func(context.Context, *S, *Process) (http.Handler, error)
}

type edgeSettingsOf[S any] interface {
	*S
	edge() *EdgeSettings
}

func (s *EdgeSettings) edge() *EdgeSettings { return s }

type edgeCommands[S any] struct {
	Serve   S              `cmd:"" default:"withargs" help:"Serve until SIGTERM or SIGINT, then drain (the default)."`
	Version versionCommand `cmd:"" help:"Print the version (also: --version)."`
}

// MainEdge runs the edge as this process and returns its exit code.
func MainEdge[S any, P edgeSettingsOf[S]](e Edge[S]) int {
	return fromSystem(func(ctx context.Context, call Call) int { return RunEdge[S, P](ctx, e, call) })
}

// RunEdge runs the edge until ctx ends, drains it, and returns the exit code.
func RunEdge[S any, P edgeSettingsOf[S]](ctx context.Context, e Edge[S], call Call) int {
	var c edgeCommands[S]
	_, code, proceed := parse(e.Name, e.Description, &c, call)
	if !proceed {
		return code
	}
	settings := P(&c.Serve).edge()
	return within(ctx, e.Name, &settings.Common, call, func(ctx context.Context, p *Process) error {
		handler, err := e.Open(context.WithoutCancel(ctx), &c.Serve, p)
		if err != nil {
			return err
		}
		return p.serveHTTP(ctx, settings, handler)
	})
}

const (
	headerTimeout  = 5 * time.Second
	writeTimeout   = 16 * time.Minute // longer than a stream lasts; the gateway sets less for other requests
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 64 << 10
	drainLimit     = 20 * time.Second
)

// serveHTTP answers requests until ctx ends, and then drains.
func (p *Process) serveHTTP(ctx context.Context, c *EdgeSettings, handler http.Handler) error {
	secure, err := c.httpTLS()
	if err != nil {
		return err
	}
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(secure != nil)
	protocols.SetUnencryptedHTTP2(secure == nil)
	s := &http.Server{
		Handler: p.leaving(p.observed(handler)), Protocols: protocols, TLSConfig: secure,
		ReadHeaderTimeout: headerTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: loglimit.HTTP(p.Logger),
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	failed := make(chan error, 1)
	go func() {
		if secure != nil {
			failed <- s.ServeTLS(l, "", "")
			return
		}
		failed <- s.Serve(l)
	}()
	p.announce("http", l.Addr())
	select {
	case err := <-failed:
		return fmt.Errorf("serve HTTP: %w", err)
	case <-ctx.Done():
	}
	p.drain()
	return p.shutdown(context.WithoutCancel(ctx), s, c)
}

// shutdown accepts requests for DrainWait, so that load balancers notice the stop. Then it ends streams and waits for
// the other requests in flight.
func (p *Process) shutdown(ctx context.Context, s *http.Server, c *EdgeSettings) error {
	wait := time.NewTimer(c.DrainWait)
	defer wait.Stop()
	<-wait.C
	p.waited()
	limit := c.DrainLimit
	if limit == 0 {
		limit = drainLimit
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := s.Shutdown(limited)
	if errors.Is(err, context.DeadlineExceeded) {
		return s.Close()
	}
	return err
}

// leaving closes the connection after each answer while the process drains, so that clients open another one.
func (p *Process) leaving(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.life.in() == draining {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// observed starts a trace for each request, or continues the client's trace.
func (p *Process) observed(next http.Handler) http.Handler {
	tracer, meter := p.telemetry.Tracer(), p.telemetry.Meter()
	if tracer == nil && meter == nil {
		return next
	}
	options := []otelhttp.Option{otelhttp.WithPropagators(propagation.TraceContext{})}
	if tracer != nil {
		options = append(options, otelhttp.WithTracerProvider(tracer))
	}
	if meter != nil {
		options = append(options, otelhttp.WithMeterProvider(meter))
	}
	return otelhttp.NewHandler(next, "gateway", options...)
}

// httpTLS returns the TLS configuration. It reads the certificate for each handshake. nil means plain HTTP.
func (s *EdgeSettings) httpTLS() (*tls.Config, error) {
	if s.HTTPTLSCertFile == "" {
		return nil, nil //nolint:nilnil // as crypto/tls has it
	}
	first, err := tls.LoadX509KeyPair(s.HTTPTLSCertFile, s.HTTPTLSKeyFile)
	if err != nil {
		return nil, fmt.Errorf("--http-tls-cert-file or --http-tls-key-file: %w", err)
	}
	var last atomic.Pointer[tls.Certificate]
	last.Store(&first)
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		// Reading takes far less time than a handshake. A pair that does not match is being renewed.
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			if fresh, err := tls.LoadX509KeyPair(s.HTTPTLSCertFile, s.HTTPTLSKeyFile); err == nil {
				last.Store(&fresh)
			}
			return last.Load(), nil
		},
	}, nil
}
