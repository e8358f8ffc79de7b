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

// The test replaces the first replica of every service, then the second, like parallel rollouts. The writes have no
// request id, so no client retries them: a stopped replica must complete the calls that it has accepted.
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

// writes returns calls that change nothing, or only what no figure shows.
func writes(ctx context.Context, t *testing.T, s *suite.Suite) []func(context.Context) error {
	t.Helper()
	delivery := aDelivery(t, s)
	calls := []func(context.Context) error{
		func(ctx context.Context) error { // action calls org and village
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

// replaceAll replaces the replicas of all services with this suffix in their names, and waits until their callers have
// found the new ones.
func replaceAll(t *testing.T, cluster *shared, suffix string) {
	t.Helper()
	before := cluster.state(t)
	var replaced []replica
	for _, r := range before.Processes {
		if strings.HasSuffix(r.Name, suffix) && r.Part != "gateway" { // there is only one gateway
			end(t, cluster.dir, r.Name, syscall.SIGTERM)
			replaced = append(replaced, r)
		}
	}
	for _, r := range replaced {
		back(t, cluster.running, cluster.dir, r)
		// An orchestrator waits for a fixed time; the test checks the condition.
		suite.Eventually(t, r.Name+" to be found by its callers", func() bool { return cluster.over() || r.found(t, before) })
	}
}

// callers are the parts whose calls fail without a replica of a service. Report is not among them: it follows journals
// and resumes.
var callers = map[string][]string{
	"org": {"gateway", "action"}, "village": {"gateway", "action"}, "action": {"gateway"}, "report": {"gateway"},
}

// found reports whether all replicas of all callers watch the health of a process, and the gateway has called it.
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

// onlyReads matches the methods of [reads]. Services do not call these methods of each other.
var onlyReads = regexp.MustCompile(`rpc_method="[^"]*/(List|GetBulletin)`)

// watchers returns the number of a peer's connections that watch the health of the process with these metrics.
func watchers(metrics map[string]string, peer string) int {
	for line, value := range metrics {
		if strings.HasPrefix(line, "wancun_server_watchers{") && strings.Contains(line, fmt.Sprintf("peer=%q", peer)) {
			n, _ := strconv.Atoi(value) // 0 for anything else
			return n
		}
	}
	return 0
}
