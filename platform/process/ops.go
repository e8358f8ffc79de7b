package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/telemetry/loglimit"
)

// phase is a phase in the life of a process.
type phase int32

const (
	starting phase = iota
	serving
	draining
)

// life holds the phase of a process, its database and its service, from which the ops port derives the readiness. It is
// safe for concurrent use.
type life struct {
	phase   atomic.Int32
	storage atomic.Pointer[database.DB] // nil for a process without a database, or before it is opened
	opened  atomic.Pointer[readier]     // nil for a service without a Ready method, or before it is opened
}

func (l *life) enter(p phase) { l.phase.Store(int32(p)) }

func (l *life) in() phase { return phase(l.phase.Load()) }

// ready returns an error if the process is not in the phase in which it serves.
func (l *life) ready() error {
	switch l.in() {
	case serving:
		return nil
	case draining:
		return errors.New("draining")
	default:
		return errors.New("starting")
	}
}

// stored returns what is wrong with the database of the process, or with the service's state in it. With an error the
// process receives no calls. With a remark it does: the database can be read but not written, which concerns the other
// replicas too.
func (l *life) stored(ctx context.Context) (remark string, err error) {
	db := l.storage.Load()
	if db == nil {
		return "", nil
	}
	err = db.Ready(ctx)
	if err != nil && !database.Unwritable(err) {
		return "", err
	}
	if r := l.opened.Load(); r != nil {
		if err := (*r).Ready(ctx); err != nil {
			return "", err
		}
	}
	if err != nil {
		remark = err.Error()
	}
	return remark, nil
}

// started returns an error until the process has started. Unlike ready it returns nil while the process drains, so that
// a draining process is not restarted.
func (l *life) started() error {
	if l.in() == starting {
		return errors.New("starting")
	}
	return nil
}

// opsHandler serves the probes and the metrics.
func opsHandler(l *life, metrics http.Handler) http.Handler {
	answer := func(state func(context.Context) (remark string, err error)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			remark, err := state(r.Context())
			text := "ok\n"
			switch {
			case err != nil:
				w.WriteHeader(http.StatusServiceUnavailable)
				text = err.Error() + "\n"
			case remark != "":
				text = "ok, but " + remark + "\n"
			}
			_, _ = w.Write([]byte(text)) // the prober may have gone
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", answer(func(context.Context) (string, error) { return "", nil }))
	mux.HandleFunc("GET /startupz", answer(func(context.Context) (string, error) { return "", l.started() }))
	mux.HandleFunc("GET /readyz", answer(func(ctx context.Context) (string, error) {
		if err := l.ready(); err != nil {
			return "", err
		}
		return l.stored(ctx)
	}))
	mux.Handle("GET /metrics", metrics)
	return mux
}

// openOps serves the handler until the returned function is called.
func openOps(ctx context.Context, address string, h http.Handler, logger *slog.Logger) (net.Addr, func() error, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, nil, fmt.Errorf("--ops-listen: %w", err)
	}
	s := &http.Server{
		Handler: h, ErrorLog: loglimit.HTTP(logger),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	return l.Addr(), func() error {
		err := s.Close()
		if end := <-ended; !errors.Is(end, http.ErrServerClosed) {
			return errors.Join(err, end)
		}
		return err
	}, nil
}
