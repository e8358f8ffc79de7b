package cluster

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
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
	ctx := s.As(t, "province", world.Admin())
	var clients sync.WaitGroup
	var answered atomic.Int64
	enough := make(chan struct{})
	for _, call := range append(reads(s.Conn), writes(ctx, t, s)...) {
		clients.Go(func() {
			for {
				select {
				case <-enough:
					return
				default:
				}
				if err := call(ctx); err != nil {
					t.Errorf("after %d calls: %v", answered.Load(), err)
					return
				}
				answered.Add(1)
			}
		})
	}
	defer func() {
		close(enough)
		clients.Wait()
		t.Logf("%d calls", answered.Load())
	}()
	for _, turn := range []string{"-1", "-2"} {
		replaceAll(t, cluster, turn)
	}
}

// writes change what no figure shows, or nothing.
func writes(ctx context.Context, t *testing.T, s *suite.Suite) []func(context.Context) error {
	t.Helper()
	delivery := aDelivery(t, s)
	calls := []func(context.Context) error{
		func(ctx context.Context) error { // action asks org and village
			_, err := actionv1.NewDeliveryServiceClient(s.Conn).CreateDelivery(ctx,
				&actionv1.CreateDeliveryRequest{Parent: theCampaign, Delivery: delivery, ValidateOnly: true, Acknowledge: []string{world.Duplicate}})
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

// replaceAll replaces the replicas of all services whose names end so, and returns when their callers have found them again.
func replaceAll(t *testing.T, cluster *shared, suffix string) {
	t.Helper()
	before := cluster.state(t)
	var replaced []replica
	for _, r := range before.Processes {
		if strings.HasSuffix(r.Name, suffix) && r.Part != "gateway" { // of which there is one
			end(t, cluster.dir, r.Name, syscall.SIGTERM)
			replaced = append(replaced, r)
		}
	}
	for _, r := range replaced {
		back(t, cluster.running, cluster.dir, r)
		// An orchestrator waits for a while; here it is known.
		suite.Eventually(t, r.Name+" to be found by its callers", func() bool { return cluster.over() || r.found(t, before) })
	}
}

// callers are those whose calls fail if they find no replica of a service. Report is none: it follows journals, and goes on.
var callers = map[string][]string{
	"org": {"gateway", "action"}, "village": {"gateway", "action"}, "action": {"gateway"}, "report": {"gateway"},
}

// found reports whether all replicas of all its callers watch a process, and the gateway has called it.
func (r replica) found(t *testing.T, s state) bool {
	t.Helper()
	lines := r.metrics(t)
	for _, caller := range callers[r.Part] {
		if watchers(lines, caller) < len(s.of(caller)) {
			return false
		}
	}
	for line := range lines {
		if strings.HasPrefix(line, "rpc_server_call_duration_seconds_count{") && onlyReads.MatchString(line) {
			return true
		}
	}
	return false
}

// onlyReads matches the methods of [reads], which services do not call of each other.
var onlyReads = regexp.MustCompile(`rpc_method="[^"]*/(List|GetBulletin)`)

// watchers is on how many connections a peer watches the process whose metrics these are.
func watchers(metrics map[string]string, peer string) int {
	for line, value := range metrics {
		if strings.HasPrefix(line, "wancun_server_watchers{") && strings.Contains(line, fmt.Sprintf("peer=%q", peer)) {
			n, _ := strconv.Atoi(value) // of anything else there are none
			return n
		}
	}
	return 0
}
