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
)

// phase is where a process stands in its life.
type phase int32

const (
	starting phase = iota
	serving
	draining
)

// life is the phase of a process as its operators see it. It is safe for concurrent use.
type life struct{ phase atomic.Int32 }

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

// started is ready that does not take a started process for one that is to be started again.
func (l *life) started() error {
	if l.in() == starting {
		return errors.New("starting")
	}
	return nil
}

// opsHandler answers the people and the machines that watch over the process.
func opsHandler(l *life, metrics http.Handler) http.Handler {
	answer := func(state func() error) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			text := "ok\n"
			if err := state(); err != nil {
				w.WriteHeader(http.StatusServiceUnavailable)
				text = err.Error() + "\n"
			}
			_, _ = w.Write([]byte(text)) // a prober that went away needs no answer
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", answer(func() error { return nil }))
	mux.HandleFunc("GET /startupz", answer(l.started))
	mux.HandleFunc("GET /readyz", answer(l.ready))
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
		Handler: h, ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
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
