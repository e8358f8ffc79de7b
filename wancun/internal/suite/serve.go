package suite

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/wancun/wancun/platform/telemetry/loglimit"
)

const (
	// drainLimit is how long REST requests in flight may take after the stop.
	drainLimit = 20 * time.Second
	// writeLimit closes the connection of a client that does not read its response. It is longer than the gateway's
	// limit for a stream.
	writeLimit = 16 * time.Minute
)

// Serve serves REST and gRPC until ctx ends. It returns when the calls in flight have ended. The caller must still call
// Close.
func (s *Suite) Serve(ctx context.Context, rest, grpc net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 2)
	go func() { ended <- s.serveREST(ctx, rest) }()
	go func() { ended <- s.server.Serve(ctx, grpc) }()
	first := <-ended
	stop() // when one of the two ends, the other is stopped as well
	return errors.Join(first, <-ended)
}

func (s *Suite) serveREST(ctx context.Context, l net.Listener) error {
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	h := &http.Server{
		Handler: s.gateway, Protocols: protocols,
		ReadHeaderTimeout: 5 * time.Second, WriteTimeout: writeLimit, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: loglimit.HTTP(s.logger),
	}
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve REST: %w", err)
	case <-ctx.Done():
	}
	s.drain()
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainLimit)
	defer cancel()
	if err := h.Shutdown(limited); err != nil {
		return errors.Join(fmt.Errorf("drain REST: %w", err), h.Close())
	}
	return nil
}
