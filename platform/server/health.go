package server

import (
	"context"
	"maps"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/peer"
)

// Names in the health service. The empty name and the names of the services report whether this server is ready: they
// are SERVING until it drains, except while [Deps.Ready] fails.
const (
	// Live reports whether the process runs. It is SERVING as long as the server runs, also while it drains.
	Live = "live"
	// Answering reports whether this server answers calls, even if only with an error. It is SERVING until the server
	// drains. The suite's own clients use this name: if they avoided a server that is not ready, their callers would
	// receive an error about the connection instead of the server's reason.
	Answering = "answering"
)

// readyEvery is the interval at which the server calls Deps.Ready.
const readyEvery = time.Second

// registerHealth registers the health service, with the names above all SERVING.
func (s *Server) registerHealth(network *grpc.Server) *health.Server {
	h := health.NewServer()
	h.SetServingStatus(Live, grpc_health_v1.HealthCheckResponse_SERVING)
	h.SetServingStatus(Answering, grpc_health_v1.HealthCheckResponse_SERVING)
	for _, name := range s.ready() {
		h.SetServingStatus(name, grpc_health_v1.HealthCheckResponse_SERVING)
	}
	grpc_health_v1.RegisterHealthServer(network, watched{h, s.deps.Watched})
	return h
}

// watchReadiness sets the status of the readiness names from Deps.Ready, until ctx ends.
func (s *Server) watchReadiness(ctx context.Context, h *health.Server) {
	ticks := time.NewTicker(readyEvery)
	defer ticks.Stop()
	for {
		status := grpc_health_v1.HealthCheckResponse_SERVING
		if s.deps.Ready(ctx) != nil {
			status = grpc_health_v1.HealthCheckResponse_NOT_SERVING
		}
		if ctx.Err() != nil {
			return
		}
		for _, name := range s.ready() {
			h.SetServingStatus(name, status)
		}
		select {
		case <-ticks.C:
		case <-ctx.Done():
			return
		}
	}
}

// ready returns the readiness names.
func (s *Server) ready() []string {
	return append(slices.Sorted(maps.Keys(s.handlers.GetServiceInfo())), "")
}

// watched is a health service that reports its watchers. A client that balances its calls watches the health on each
// connection, so the watchers are the connections on which calls may arrive.
type watched struct {
	*health.Server
	changed func(ctx context.Context, peer string, change int64) // nil disables the callback
}

// Watch implements [grpc_health_v1.HealthServer].
func (w watched) Watch(r *grpc_health_v1.HealthCheckRequest, stream grpc_health_v1.Health_WatchServer) error {
	if w.changed != nil {
		by := peerName(stream.Context())
		w.changed(stream.Context(), by, 1)
		defer w.changed(stream.Context(), by, -1)
	}
	return w.Server.Watch(r, stream)
}

// peerName returns the first name in the peer's certificate, "" without a certificate.
func peerName(ctx context.Context) string {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return ""
	}
	info, ok := p.AuthInfo.(credentials.TLSInfo)
	if !ok || len(info.State.PeerCertificates) == 0 || len(info.State.PeerCertificates[0].DNSNames) == 0 {
		return ""
	}
	return info.State.PeerCertificates[0].DNSNames[0]
}
