package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/limits"
)

// Limits of a connection. A client resolves DNS again only when it loses a connection, so connectionAge bounds how long
// a new replica stays idle. A stream outlives connectionAge by at most connectionAgeGrace.
const (
	connectionAge      = 5 * time.Minute
	connectionAgeGrace = 30 * time.Second
	pingEvery          = 30 * time.Second
	pingTimeout        = 10 * time.Second
	pingsAtMostEvery   = 10 * time.Second
	streamsPerPeer     = 256
	handshakeTimeout   = 10 * time.Second
	maxHeaderBytes     = 64 << 10
	// keptWorkers is the number of goroutines that handle one call after another. A new goroutine for each call would
	// have to grow its stack through all interceptors each time. Further calls get their own goroutines.
	keptWorkers = 64
	// Sizes of the flow-control windows of a stream and of a connection, in bytes. They are fixed, because gRPC would
	// otherwise estimate them with a ping for every message that arrives, which doubles the packets on a connection
	// with few calls.
	streamWindow     = 1 << 20
	connectionWindow = 4 << 20
)

// Serve starts the server if necessary, and answers calls on the listener until ctx ends and the server has drained
// (see the package comment). It then returns nil, or an error if serving ended earlier. It closes the listener. A
// drained server cannot serve again.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if err := s.Start(); err != nil { //nolint:contextcheck // what it makes takes each call's own context
		return errors.Join(err, l.Close())
	}
	b := s.started.Load()
	network := grpc.NewServer(s.options(b)...)
	s.handlers.ForEach(network.RegisterService)
	alive := s.registerHealth(network)
	if s.config.Reflection {
		reflection.Register(network)
	}
	var watching sync.WaitGroup
	watched, unwatch := context.WithCancel(ctx)
	defer unwatch()
	if s.deps.Ready != nil {
		watching.Go(func() { s.watchReadiness(watched, alive) })
	}
	ended := make(chan error, 1)
	go func() { ended <- network.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	watching.Wait() // so that no name becomes SERVING after the stop
	s.stop(network, alive)
	return <-ended
}

func (s *Server) options(b *started) []grpc.ServerOption {
	options := []grpc.ServerOption{
		grpc.UnaryInterceptor(b.unary),
		grpc.StreamInterceptor(b.stream),
		grpc.ForceServerCodecV2(newCodec()),
		grpc.MaxRecvMsgSize(limits.Single),
		grpc.MaxHeaderListSize(maxHeaderBytes),
		grpc.MaxConcurrentStreams(streamsPerPeer),
		grpc.ConnectionTimeout(handshakeTimeout),
		grpc.NumStreamWorkers(keptWorkers),
		grpc.StaticStreamWindowSize(streamWindow),
		grpc.StaticConnWindowSize(connectionWindow),
		grpc.KeepaliveParams(keepalive.ServerParameters{
			MaxConnectionAge: connectionAge, MaxConnectionAgeGrace: connectionAgeGrace, Time: pingEvery, Timeout: pingTimeout,
		}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: pingsAtMostEvery, PermitWithoutStream: true}),
	}
	if s.stats != nil {
		options = append(options, grpc.StatsHandler(s.stats))
	}
	if s.deps.TLS != nil {
		return append(options, grpc.Creds(newHandshakes(s.deps.TLS, s.deps)))
	}
	return append(options, grpc.Creds(insecure.NewCredentials()))
}

// stop drains the server. GracefulStop alone would lose calls, because clients still send here until they notice the
// stop.
func (s *Server) stop(network *grpc.Server, h *health.Server) {
	for _, name := range append(s.ready(), Answering) {
		h.SetServingStatus(name, grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	}
	wait(s.config.DrainWait, nil)
	s.drain(fault.Unavailable(reasonDraining, time.Second, nil))
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		network.GracefulStop()
	}()
	wait(s.config.DrainLimit, drained)
	network.Stop()
	<-drained // GracefulStop waits for every handler; the caller closes what handlers use after Serve returns
}

// wait returns after d, or earlier when done is closed.
func wait(d time.Duration, done <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-done:
	}
}
