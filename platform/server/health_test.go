package server_test

import (
	"context"
	"maps"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/wancun/wancun/platform/server"
	"github.com/wancun/wancun/platform/server/mtls/mtlstest"
)

// watchers counts the watchers of each peer.
type watchers struct {
	mu      sync.Mutex
	count   map[string]int64
	changes chan struct{} // receives a value for each change
}

func (w *watchers) changed(_ context.Context, peer string, change int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count[peer] += change
	w.changes <- struct{}{}
}

// after waits for n changes, and fails the test if the counts differ from want.
func (w *watchers) after(t *testing.T, n int, want map[string]int64) {
	t.Helper()
	for range n {
		<-w.changes
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !maps.Equal(w.count, want) {
		t.Errorf("watched by %v, want %v", w.count, want)
	}
}

func TestTheServerTellsOnHowManyConnectionsAPeerWatchesItsHealth(t *testing.T) {
	ours, seen := mtlstest.New(t), &watchers{count: map[string]int64{}, changes: make(chan struct{}, 10)}
	s := newServer(t, server.Config{}, func(d *server.Deps) {
		d.TLS, d.Watched = ours.Identity("org").Server("gateway", "action"), seen.changed
	})
	address, stop := listening(t, s)
	leave := map[string]func() error{}
	for _, peer := range []string{"gateway", "action", "gateway"} {
		leave[peer] = watch(t, address, credentials.NewTLS(ours.Identity(peer).Client("org")))
	}
	seen.after(t, 3, map[string]int64{"gateway": 2, "action": 1})
	if err := leave["gateway"](); err != nil {
		t.Error(err)
	}
	seen.after(t, 1, map[string]int64{"gateway": 1, "action": 1})
	stop()
	seen.after(t, 2, map[string]int64{"gateway": 0, "action": 0})
}

// watch watches a server's health until the returned function is called.
func watch(t *testing.T, address string, as credentials.TransportCredentials) (leave func() error) {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(as))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	stream, err := grpc_health_v1.NewHealthClient(conn).Watch(t.Context(), &grpc_health_v1.HealthCheckRequest{})
	if err == nil {
		_, err = stream.Recv()
	}
	if err != nil {
		t.Fatal(err)
	}
	return conn.Close
}
