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

// Names of the health service beside the empty one and that of each service, which tell whether this server is ready: they
// are SERVING until it drains, except while [Deps.Ready] fails.
const (
	// Live answers whether the process should go on. It is SERVING as long as the server runs, also while it drains.
	Live = "live"
	// Answering answers whether calls are answered here, be it with a refusal. It is SERVING until the server drains. The
	// suite's own clients go by it: if they kept away from a server that is not ready, their callers would hear that nobody
	// is there, and not why.
	Answering = "answering"
)

// readyEvery is how often the server asks whether it is ready.
const readyEvery = time.Second

// registerHealth answers for the server as a whole, for each service, and for the process.
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

// watchReadiness keeps the names of readiness as Deps.Ready has it, until ctx ends.
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

// ready are the names of readiness.
func (s *Server) ready() []string {
	return append(slices.Sorted(maps.Keys(s.handlers.GetServiceInfo())), "")
}

// watched is a health service that tells who watches it. A client that balances its calls watches on each connection, so
// these are the connections over which calls may come.
type watched struct {
	*health.Server
	tell func(ctx context.Context, peer string, change int64) // nil: nobody listens
}

// Watch implements [grpc_health_v1.HealthServer].
func (w watched) Watch(r *grpc_health_v1.HealthCheckRequest, stream grpc_health_v1.Health_WatchServer) error {
	if w.tell != nil {
		by := peerName(stream.Context())
		w.tell(stream.Context(), by, 1)
		defer w.tell(stream.Context(), by, -1)
	}
	return w.Server.Watch(r, stream)
}

// peerName is the first name in the certificate of who calls; of one without a certificate it is empty.
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
