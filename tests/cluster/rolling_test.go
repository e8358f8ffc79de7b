package cluster

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// One replica of every service is replaced, and then the other, as deployments are that roll out side by side. The writes
// bear no request id, so nobody on the way sends them again: a replica that is stopped must finish what it has begun.
func TestReplacingEveryReplicaFailsNoCall(t *testing.T) {
	cluster := theCluster(t)
	s := cluster.suite(t)
	ctx, stop := context.WithCancel(s.As(t, "province", world.Admin()))
	var callers sync.WaitGroup
	var answered atomic.Int64
	for _, call := range append(reads(s.Conn), writes(ctx, t, s)...) {
		callers.Go(func() {
			for ctx.Err() == nil {
				if err := call(ctx); err != nil && ctx.Err() == nil {
					t.Errorf("after %d calls: %v", answered.Load(), err)
					return
				}
				answered.Add(1)
			}
		})
	}
	for _, turn := range []string{"-1", "-2"} {
		replaceAll(t, cluster, turn)
	}
	stop()
	callers.Wait()
	t.Logf("%d calls", answered.Load())
}

// writes change what no figure shows, or nothing.
func writes(ctx context.Context, t *testing.T, s *suite.Suite) []func(context.Context) error {
	t.Helper()
	delivery := aDelivery(t, s)
	calls := []func(context.Context) error{
		func(ctx context.Context) error { // action asks org and village
			_, err := actionv1.NewDeliveryServiceClient(s.Conn).CreateDelivery(ctx,
				&actionv1.CreateDeliveryRequest{Parent: theCampaign, Delivery: delivery, ValidateOnly: true})
			return err
		},
	}
	for _, o := range organizations(ctx, t, s, writers) {
		calls = append(calls, func(ctx context.Context) error {
			next, err := withNextPhone(ctx, s, o, "")
			if err == nil {
				o = next
			}
			return err
		})
	}
	return calls
}

// replaceAll replaces the replicas of all services whose names end so, and returns when all of them are called again.
func replaceAll(t *testing.T, cluster *shared, suffix string) {
	t.Helper()
	var replaced []replica
	for _, r := range cluster.state(t).Processes {
		if strings.HasSuffix(r.Name, suffix) && r.Part != "gateway" { // of which there is one
			end(t, cluster.dir, r.Name, syscall.SIGTERM)
			replaced = append(replaced, r)
		}
	}
	for _, r := range replaced {
		back(t, cluster.running, cluster.dir, r)
		// An orchestrator waits for a while; here it is known that its callers have found it again.
		suite.Eventually(t, r.Name+" to be called again", func() bool { return cluster.over() || r.called(t) })
	}
}

// called reports whether a process has answered calls, other than those about its health.
func (r replica) called(t *testing.T) bool {
	t.Helper()
	for line := range r.metrics(t) {
		if strings.HasPrefix(line, "rpc_server_call_duration_seconds_count{") {
			return true
		}
	}
	return false
}
