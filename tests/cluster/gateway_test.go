package cluster

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/wancun/wancun/proto/services"

	"github.com/wancun/wancun/tests/suite"
)

// The cluster has one gateway, so the test starts a second one. Like clients behind a Kubernetes Service or another
// load balancer, the clients only use ready gateways. They do not retry.
func TestReplacingTheGatewaysFailsNoRequest(t *testing.T) {
	cluster := theCluster(t)
	first := cluster.state(t).named(t, "gateway-1")
	second := anotherGateway(t, cluster)
	gateways := watchGateways(t, first, second)
	suite.Eventually(t, "both gateways to be ready", func() bool { return len(gateways.ready()) == 2 })

	ctx, stop := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	var answered atomic.Int64
	for n := range writers {
		clients.Go(func() {
			for at := n; ctx.Err() == nil; at++ {
				ready := gateways.ready()
				if len(ready) == 0 {
					t.Error("no gateway is ready")
					return
				}
				_, err := fetch(ctx, "http://"+ready[at%len(ready)].Address+"/v1/"+theCampaign+"/overview", "")
				if err != nil && ctx.Err() == nil {
					t.Errorf("after %d requests: %v", answered.Load(), err)
					return
				}
				answered.Add(1)
			}
		})
	}
	end(t, cluster.dir, first.Name, syscall.SIGTERM)
	back(t, cluster.running, cluster.dir, first)
	suite.Eventually(t, "both gateways to be ready again", func() bool { return len(gateways.ready()) == 2 })
	if err := second.process.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := second.process.wait(); code != 0 {
		t.Errorf("the second gateway ended with code %d", code)
	}
	stop()
	clients.Wait()
	if answered.Load() == 0 {
		t.Error("no request was sent")
	}
	t.Logf("%d requests", answered.Load())
}

// standing is a gateway that the test started.
type standing struct {
	replica
	process *running
}

// anotherGateway starts a second gateway with the same flags as the cluster's own.
func anotherGateway(t *testing.T, cluster *shared) standing {
	t.Helper()
	s := standing{replica: replica{Name: "gateway-2", Part: "gateway", Address: lentAddress(t), Ops: lentAddress(t)}}
	tls := func(file string) string { return filepath.Join(cluster.dir, "tls", file) }
	args := []string{
		"gateway", "serve", "--listen", s.Address, "--ops-listen", s.Ops, "--drain-wait", "1s",
		"--tls-cert-file", tls("gateway.pem"), "--tls-key-file", tls("gateway-key.pem"), "--tls-ca-file", tls("ca.pem"),
	}
	now := cluster.state(t)
	args = append(args, "--oidc-issuer", now.Issuer)
	for _, part := range services.All() {
		var addresses []string
		for _, r := range now.of(part) {
			addresses = append(addresses, r.Address)
		}
		args = append(args, "--"+part+"-target", "list:///"+strings.Join(addresses, ","))
	}
	s.process = start(t, args...)
	return s
}

// watched holds the gateways that are ready at the moment.
type watched struct{ now atomic.Pointer[[]replica] }

func (w *watched) ready() []replica { return *w.now.Load() }

// watchGateways checks the readiness of the gateways every few milliseconds, until the test ends.
func watchGateways(t *testing.T, first replica, second standing) *watched {
	t.Helper()
	w := &watched{}
	look := func() {
		var ready []replica
		for _, r := range []replica{first, second.replica} {
			if r.ready(t) {
				ready = append(ready, r)
			}
		}
		w.now.Store(&ready)
	}
	look()
	ended := make(chan struct{})
	t.Cleanup(func() { <-ended })
	go func() {
		defer close(ended)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for t.Context().Err() == nil {
			look()
			<-tick.C
		}
	}()
	return w
}
