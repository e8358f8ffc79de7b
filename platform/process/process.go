package process

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/cache"
	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/config"
	"github.com/wancun/wancun/platform/limits"
	"github.com/wancun/wancun/platform/server/mtls"
	"github.com/wancun/wancun/platform/telemetry"
)

// Process provides what a part of the suite needs from its process: the clock, ids, randomness, the logger, and
// connections to its peers. What it opens is closed after the part itself, in the reverse order.
type Process struct {
	// Logger writes the process's log.
	Logger *slog.Logger
	// Clock returns the current time.
	Clock func() time.Time
	// NewID returns a new UUID. The UUIDs sort by time.
	NewID func() string
	// Random is the random source of the system.
	Random io.Reader
	// Memory is the budget of the requests that the process handles.
	Memory *limits.Memory
	// Instruments are the metrics of the suite itself. They are never nil.
	Instruments *telemetry.Instruments

	territories access.Territories

	telemetry *telemetry.Telemetry
	identity  *mtls.Identity // nil in clear text
	life      *life
	ops       net.Addr        // nil if there is no ops port
	draining  context.Context // see Draining
	waited    context.CancelFunc
	closing   []func() error
}

// shutdownLimit bounds the time in which the last traces and metrics are sent to the collector.
const shutdownLimit = 3 * time.Second

// firstAnswer bounds the wait for the successions of divisions. After it the process serves without them.
const firstAnswer = time.Second

// open opens what all processes need. If it fails before it has a logger, it returns nil; otherwise the caller closes
// the Process.
func open(ctx context.Context, name string, c *Common, logs io.Writer) (p *Process, err error) {
	signals, err := c.startTelemetry(ctx, name, logs)
	if err != nil {
		return nil, err
	}
	p = &Process{
		Logger: signals.Logger(), Clock: time.Now, Random: rand.Reader, //nolint:forbidigo // the door by which both come in
		NewID:  func() string { return uuid.Must(uuid.NewV7()).String() }, //nolint:forbidigo // and ids
		Memory: limits.NewMemory(c.RequestMemory << 20), telemetry: signals, life: &life{},
	}
	p.draining, p.waited = context.WithCancel(context.WithoutCancel(ctx))
	p.onClose(func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownLimit)
		defer cancel()
		if err := signals.Shutdown(ctx); err != nil {
			p.Logger.Warn("the last traces and metrics were lost", "error", err) // the process ends normally
		}
		return nil
	})
	if err := p.openRest(ctx, c); err != nil {
		return p, err // the caller logs the error
	}
	return p, nil
}

func (p *Process) openRest(ctx context.Context, c *Common) (err error) {
	if p.Instruments, err = telemetry.NewInstruments(p.telemetry.Meter()); err != nil {
		return fmt.Errorf("make instruments: %w", err)
	}
	if c.OpsListen != "" {
		var stop func() error
		if p.ops, stop, err = openOps(ctx, c.OpsListen, opsHandler(p.life, p.telemetry.MetricsHandler()), p.Logger); err != nil {
			return err
		}
		p.onClose(stop)
	}
	if c.TLSCertFile != "" {
		p.identity, err = mtls.Open(mtls.Files{Certificate: c.TLSCertFile, Key: c.TLSKeyFile, Authority: c.TLSCAFile})
		if err != nil {
			return fmt.Errorf("--tls-cert-file, --tls-key-file or --tls-ca-file: %w", err)
		}
	}
	return nil
}

func (c *Common) startTelemetry(ctx context.Context, name string, logs io.Writer) (*telemetry.Telemetry, error) {
	endpoint, err := c.otlpURL()
	if err != nil {
		return nil, err
	}
	format := c.LogFormat
	if format == "" {
		format = "json"
	}
	return telemetry.Start(ctx, telemetry.Config{
		Service: name, Version: Version(), Logs: logs, Endpoint: endpoint, Sample: c.TraceRatio,
		Prometheus: c.Metrics && c.OpsListen != "", LogFormat: format, LogLevel: c.LogLevel,
	})
}

// Peer returns a connection to the replicas of another part of the suite. Their certificates must have the name. The
// target is a gRPC target such as dns:///org:9090, or a list (see [client.Dial]). The first call connects.
func (p *Process) Peer(name, target string) (grpc.ClientConnInterface, error) {
	if target == "" {
		return nil, fmt.Errorf("--%s-target is empty", name)
	}
	c := client.Config{Tracer: p.telemetry.Tracer(), Meter: p.telemetry.Meter()}
	if p.identity != nil {
		c.TLS = p.identity.Client(name)
	}
	conn, err := client.Dial(target, c)
	if err != nil {
		return nil, fmt.Errorf("--%s-target: %w", name, err)
	}
	p.onClose(conn.Close)
	return conn, nil
}

// FollowSuccessions extends the grants of callers by the successions of divisions, until the process has drained. It
// waits up to a second for the first answer, so that the process usually knows the successions when it begins to serve.
func (p *Process) FollowSuccessions(ctx context.Context, from access.Source) {
	first, cancel := context.WithTimeout(ctx, firstAnswer)
	defer cancel()
	if err := p.territories.Refresh(first, from); err != nil {
		p.Logger.Debug("the successions of divisions are not known yet", "error", err)
	}
	p.inBackground(ctx, func(ctx context.Context) { p.territories.Follow(ctx, from, p.Logger) })
}

// Redis returns the cache tier at the address, or at the address in the file. It returns nil if both are empty.
func (p *Process) Redis(address config.Secret, file config.SecretFile) (cache.Shared, error) {
	where, err := address.Or(file)
	if err != nil {
		return nil, fmt.Errorf("--redis-url: %w", err)
	}
	if where == "" {
		return nil, nil //nolint:nilnil // no tier is what cache.Config takes for one
	}
	r, err := cache.NewRedis(cache.RedisConfig{URL: where.Reveal(), Logger: p.Logger, Tracer: p.telemetry.Tracer()})
	if err != nil {
		return nil, fmt.Errorf("--redis-url: %w", err)
	}
	p.onClose(r.Close)
	return r, nil
}

// inBackground runs a function until the process has drained.
func (p *Process) inBackground(ctx context.Context, run func(context.Context)) {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		run(ctx)
	}()
	p.onClose(func() error {
		stop()
		<-ended
		return nil
	})
}

// Ready returns an error if this process should receive no calls.
func (p *Process) Ready(context.Context) error { return p.life.ready() }

// Draining returns a context that ends when the edge accepts no more requests. It ends streams without a deadline, such
// as those that follow a journal; their readers continue at another replica. Services do not use it: their server ends
// the streams.
func (p *Process) Draining() context.Context { return p.draining }

func (p *Process) onClose(f func() error) { p.closing = append(p.closing, f) }

// close closes what was opened, in the reverse order.
func (p *Process) close() error {
	var failed error
	for len(p.closing) > 0 {
		last := p.closing[len(p.closing)-1]
		p.closing = p.closing[:len(p.closing)-1]
		failed = errors.Join(failed, last())
	}
	return failed
}
