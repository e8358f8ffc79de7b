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

// phase is where a process stands in its life.
type phase int32

const (
	starting phase = iota
	serving
	draining
)

// life is the phase of a process as its operators see it, and the state of what it stands on. It is safe for concurrent use.
type life struct {
	phase   atomic.Int32
	storage atomic.Pointer[database.DB] // nil for a process without one, or before it is opened
	opened  atomic.Pointer[readier]     // nil for a service that has nothing to say, or before it is opened
}

func (l *life) enter(p phase) { l.phase.Store(int32(p)) }

func (l *life) in() phase { return phase(l.phase.Load()) }

// ready says why no calls should be sent here.
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

// stored says what is wrong with the process's database, or with what its service made of it. An error keeps calls away. A remark does not: it is about a
// database that can be read and not be written, which the other replicas share.
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

// started is ready that does not take a started process for one that is to be started again.
func (l *life) started() error {
	if l.in() == starting {
		return errors.New("starting")
	}
	return nil
}

// opsHandler answers the people and the machines that watch over the process.
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
			_, _ = w.Write([]byte(text)) // a prober that went away needs no answer
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

// openOps serves the handler until it is closed.
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
