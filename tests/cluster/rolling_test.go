//go:build cluster

package cluster

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/wancun/wancun/tests/suite"
)

func TestReplacingEveryReplicaInTurnFailsNoCall(t *testing.T) {
	dir := t.TempDir()
	cluster := start(t, "wancun", append([]string{"cluster", "--no-demo", "--restart", "--data", dir}, servers(t)...)...)
	s := serving(t, cluster, dir)
	token := strings.TrimSpace(run(t, "wancun", "cluster", "token", "--data", dir, "--role", "auditor"))

	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	var answered atomic.Int64
	for _, path := range []string{"/v1/organizations", "/v1/divisions", "/v1/campaigns", "/v1/logs/report/checkpoint"} {
		readers.Go(func() {
			for ctx.Err() == nil {
				if _, err := fetch(ctx, s.Gateway+path, token); err != nil && ctx.Err() == nil {
					t.Errorf("after %d calls: %v", answered.Load(), err)
				}
				answered.Add(1)
			}
		})
	}
	for _, r := range s.Processes {
		if r.Part == "gateway" {
			continue // there is one
		}
		if err := syscall.Kill(r.PID, syscall.SIGTERM); err != nil {
			t.Fatalf("stop %s: %v", r.Name, err)
		}
		suite.Eventually(t, r.Name+" to serve again", func() bool {
			now, ok := read(t, dir)
			return cluster.over() || ok && now.named(t, r.Name).PID != r.PID && ready(t, r.Ops)
		})
		// An orchestrator waits for a while; here it is known that its callers have found it again.
		suite.Eventually(t, r.Name+" to be called again", func() bool { return cluster.over() || called(t, r.Ops) })
	}
	stop()
	readers.Wait()
	t.Logf("%d calls", answered.Load())
	if code := cluster.signal(t, syscall.SIGINT); code != 0 {
		t.Errorf("exit code = %d", code)
	}
}

// fetch reads what is there, which must be good.
func fetch(ctx context.Context, url, token string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close() //nolint:errcheck // read whole
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s: %s", url, answer.Status, body)
	}
	return string(body), err
}

// called reports whether a process has answered calls, other than those about its health.
func called(t *testing.T, ops string) bool {
	t.Helper()
	page, err := fetch(t.Context(), "http://"+ops+"/metrics", "")
	return err == nil && strings.Contains(page, "rpc_server_call_duration_seconds_count{")
}
