package client

import (
	"context"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

const (
	// The sum of probeEvery and probeTimeout bounds how long calls are sent to a process that does not answer.
	probeEvery   = time.Second
	probeTimeout = 3 * time.Second
)

// replicas dials the addresses of one target and closes the connections to a process that no longer answers.
//
// A process that is stopped, or whose machine is paused, keeps its connections: its kernel still accepts data, so every
// call runs into its deadline. gRPC's own keepalive sends at most one ping in ten seconds. The health of each connected
// address is therefore checked once a second, on a separate connection. When the connections to an address are closed,
// their calls fail as UNAVAILABLE, calls that may be repeated go to another replica, and gRPC reconnects until the
// address answers.
type replicas struct {
	transport credentials.TransportCredentials
	dialer    net.Dialer

	mu    sync.Mutex
	peers map[string]*peer // by address; only connected addresses
}

// peer is an address and its connections.
type peer struct {
	conns map[*watchedConn]struct{}
	stop  context.CancelFunc // ends the probes
}

func newReplicas(transport credentials.TransportCredentials) *replicas {
	return &replicas{transport: transport, peers: map[string]*peer{}}
}

// dial is the dialer that gRPC uses.
func (r *replicas) dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := r.dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	w := &watchedConn{Conn: conn}
	w.closed = sync.OnceFunc(func() { r.remove(address, w) })
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.peers[address]
	if p == nil {
		probing, stop := context.WithCancel(context.WithoutCancel(ctx)) // ctx ends with the attempt to connect
		p = &peer{conns: map[*watchedConn]struct{}{}, stop: stop}
		r.peers[address] = p
		go r.watch(probing, address)
	}
	p.conns[w] = struct{}{}
	return w, nil
}

func (r *replicas) remove(address string, w *watchedConn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.peers[address]
	delete(p.conns, w)
	if len(p.conns) == 0 {
		p.stop()
		delete(r.peers, address)
	}
}

// watch probes an address until its last connection is closed, which ends ctx.
func (r *replicas) watch(ctx context.Context, address string) {
	for ctx.Err() == nil {
		if r.becomesSilent(ctx, address) {
			r.hangUp(address)
		}
	}
}

// becomesSilent probes an address on one connection until it does not answer, or ctx ends. An unresponsive connection
// is not used again, because it may be the only one that was lost.
func (r *replicas) becomesSilent(ctx context.Context, address string) bool {
	conn, err := grpc.NewClient("passthrough:///"+address,
		grpc.WithTransportCredentials(r.transport), grpc.WithDisableServiceConfig(), grpc.WithConnectParams(reconnecting()))
	if err != nil {
		<-ctx.Done() // not an address, which the connection of the calls reports
		return false
	}
	defer conn.Close() //nolint:errcheck // nothing is left to lose
	health := grpc_health_v1.NewHealthClient(conn)
	ticks := time.NewTicker(probeEvery)
	defer ticks.Stop()
	for {
		select {
		case <-ticks.C:
		case <-ctx.Done():
			return false
		}
		if silent(ctx, health) {
			return true
		}
	}
}

// silent reports whether a probe runs into its timeout. Any answer counts, and so does a refused connection, which gRPC
// detects itself.
func silent(ctx context.Context, health grpc_health_v1.HealthClient) bool {
	limited, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	_, err := health.Check(limited, &grpc_health_v1.HealthCheckRequest{Service: "live"})
	return status.Code(err) == codes.DeadlineExceeded && ctx.Err() == nil
}

// hangUp closes the connections to an address.
func (r *replicas) hangUp(address string) {
	r.mu.Lock()
	var all []*watchedConn
	if p := r.peers[address]; p != nil {
		for w := range p.conns {
			all = append(all, w)
		}
	}
	r.mu.Unlock()
	for _, w := range all {
		_ = w.Close() // gRPC's reader receives an error
	}
}

// watchedConn calls closed when it is closed.
type watchedConn struct {
	net.Conn
	closed func()
}

// Close implements [net.Conn].
func (w *watchedConn) Close() error {
	w.closed()
	return w.Conn.Close()
}
