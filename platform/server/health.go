package server

import (
	"context"
	"maps"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/peer"
)

// Live is the health service's name for the question whether the process should be restarted. It is SERVING as long as the
// server runs, also while it drains. The empty name and the name of each service answer the other question, whether to
// send calls here.
const Live = "live"

// registerHealth answers for the server as a whole, for each service, and for the process.
func (s *Server) registerHealth(network *grpc.Server) *health.Server {
	h := health.NewServer()
	h.SetServingStatus(Live, grpc_health_v1.HealthCheckResponse_SERVING)
	for _, name := range s.ready() {
		h.SetServingStatus(name, grpc_health_v1.HealthCheckResponse_SERVING)
	}
	grpc_health_v1.RegisterHealthServer(network, watched{h, s.deps.Watched})
	return h
}

// ready are the names that are SERVING until the server drains.
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
