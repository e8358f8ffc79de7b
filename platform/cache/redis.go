package cache

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/sony/gobreaker/v2"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// The tier must answer faster than the load that it saves. With the client's default timeouts and retries, a Redis that
// hung cost a caller minutes; with these limits and the breaker it costs a few loads.
const (
	replyTimeout  = 30 * time.Millisecond
	dialTimeouts  = 3           // times the reply timeout, to connect, TLS included
	patience      = 5           // times the reply timeout, for a whole call, redirects of a cluster included
	tripAfter     = 3           // failures in a row
	probeEvery    = time.Second // while the breaker is open, one call per interval may try
	maxValueBytes = 1 << 20     // larger values would not arrive within the reply timeout under load
)

// RedisConfig configures the Redis tier. URL and Logger are required.
type RedisConfig struct {
	// URL is redis://user:password@host:port/db, or rediss:// for TLS. Add further nodes as addr=host:port
	// parameters, which makes it a Cluster, or, with master_name=NAME, the Sentinels of that master.
	URL string
	// TTL is how long Redis keeps a value; 0 means 90 s. More than Config.TTL is of no use.
	TTL time.Duration
	// Timeout is how long Redis may take to reply; 0 means 30 ms. A slower reply is a miss, so raise it only for a
	// distant Redis.
	Timeout time.Duration
	// Logger receives a record when Redis no longer answers and when it answers again, once each. At DEBUG it also
	// receives the client's own messages.
	Logger *slog.Logger
	// Tracer records a span per command, without keys or values; nil disables tracing.
	Tracer trace.TracerProvider
}

// Redis is the Shared tier on a Redis server, Sentinel group or Cluster. It uses only GET and SET with expiry of single
// keys, which all three support. It is safe for concurrent use.
type Redis struct {
	client  redis.UniversalClient
	breaker *gobreaker.CircuitBreaker[[]byte]
	ttl     time.Duration
	timeout time.Duration
	tracer  trace.Tracer
}

var _ Shared = (*Redis)(nil)

// NewRedis prepares a tier. It does not connect: a Redis that does not run yet is treated like one that went away. It
// returns an error only if the Logger is missing or the URL is invalid. The error does not repeat the URL, which may
// contain a password.
//
// It also sends the client's own messages to the Logger. The client has one logger for the whole process: that of the
// last call.
func NewRedis(c RedisConfig) (*Redis, error) {
	if c.Logger == nil {
		return nil, errors.New("redis tier: Logger is missing")
	}
	c.Timeout = orDefault(c.Timeout, replyTimeout)
	options, err := redisOptions(c.URL, c.Timeout)
	if err != nil {
		return nil, err
	}
	if c.Tracer == nil {
		c.Tracer = noop.NewTracerProvider()
	}
	redis.SetLogger(complaints{c.Logger})
	return &Redis{
		client:  redis.NewUniversalClient(options),
		breaker: gobreaker.NewCircuitBreaker[[]byte](breaking(c.Logger)),
		ttl:     orDefault(c.TTL, 90*time.Second),
		timeout: c.Timeout,
		tracer:  c.Tracer.Tracer("github.com/wancun/wancun/platform/cache"),
	}, nil
}

// complaints sends the client's own messages to the log. The client gives them no level and repeats them with each
// attempt, so they are logged at DEBUG, for an operator who looks into why Redis does not answer.
type complaints struct{ logger *slog.Logger }

// Printf logs one message.
func (c complaints) Printf(ctx context.Context, format string, v ...any) {
	if c.logger.Enabled(ctx, slog.LevelDebug) {
		c.logger.DebugContext(ctx, "redis client", "says", fmt.Sprintf(format, v...))
	}
}

func redisOptions(raw string, timeout time.Duration) (*redis.UniversalOptions, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("redis tier: the URL cannot be read")
	}
	q := u.Query()
	more, master := q["addr"], q.Get("master_name")
	q.Del("addr")
	q.Del("master_name")
	for parameter := range q {
		return nil, fmt.Errorf("redis tier: the URL has an unknown parameter %q", parameter)
	}
	u.RawQuery = ""
	one, err := redis.ParseURL(u.String())
	if err != nil {
		return nil, fmt.Errorf("redis tier: the URL cannot be read: %w", err)
	}
	if one.Network != "tcp" {
		return nil, fmt.Errorf("redis tier: the URL has the scheme %q, want redis or rediss", u.Scheme)
	}
	return &redis.UniversalOptions{
		Addrs:      append([]string{one.Addr}, more...),
		MasterName: master,
		Username:   one.Username, Password: one.Password, DB: one.DB, TLSConfig: one.TLSConfig,
		MaxRetries: -1, DialerRetries: 1, DialTimeout: dialTimeouts * timeout,
		ReadTimeout: timeout, WriteTimeout: timeout, PoolTimeout: timeout, ContextTimeoutEnabled: true,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}, nil
}

func breaking(logger *slog.Logger) gobreaker.Settings {
	return gobreaker.Settings{
		Timeout:      probeEvery,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= tripAfter },
		IsSuccessful: func(err error) bool { return err == nil || errors.Is(err, redis.Nil) },
		// A caller that left is not a failure of Redis.
		IsExcluded: func(err error) bool { return errors.Is(err, errCallerLeft) },
		OnStateChange: func(_ string, from, to gobreaker.State) {
			switch {
			case from == gobreaker.StateClosed:
				logger.Warn("redis does not answer; going on without it")
			case to == gobreaker.StateClosed:
				logger.Info("redis answers again")
			}
		},
	}
}

var errCallerLeft = errors.New("the caller left")

// Get implements Shared.
func (r *Redis) Get(ctx context.Context, key string) ([]byte, bool) {
	value, err := r.call(ctx, "GET", func(ctx context.Context) ([]byte, error) {
		return r.client.Get(ctx, key).Bytes()
	})
	return value, err == nil
}

// Set implements Shared.
func (r *Redis) Set(ctx context.Context, key string, value []byte) {
	if len(value) > maxValueBytes {
		return
	}
	_, _ = r.call(ctx, "SET", func(ctx context.Context) ([]byte, error) { // a value that is not stored is a later miss
		return nil, r.client.Set(ctx, key, value, r.ttl).Err()
	})
}

func (r *Redis) call(ctx context.Context, command string, do func(context.Context) ([]byte, error)) ([]byte, error) {
	return r.breaker.Execute(func() ([]byte, error) {
		ctx, span := r.tracer.Start(ctx, command, trace.WithSpanKind(trace.SpanKindClient))
		defer span.End()
		bounded, cancel := context.WithTimeout(ctx, patience*r.timeout)
		defer cancel()
		value, err := do(bounded)
		switch {
		case err == nil || errors.Is(err, redis.Nil):
			return value, err
		case ctx.Err() != nil:
			return nil, errCallerLeft
		}
		span.SetStatus(codes.Error, "no answer")
		return nil, err
	})
}

// Close ends the connections; calls after it are misses.
func (r *Redis) Close() error { return r.client.Close() }
