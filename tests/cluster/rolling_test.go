package cluster

import (
	"context"
	"fmt"
	"io"
	"net/http"
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

	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	var answered atomic.Int64
	for _, path := range []string{"/v1/organizations", "/v1/divisions", "/v1/campaigns", "/v1/logs/report/checkpoint"} {
		readers.Go(func() {
			for ctx.Err() == nil {
				if err := fetch(ctx, s.Gateway+path); err != nil && ctx.Err() == nil {
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
		before := answered.Load()
		suite.Eventually(t, "calls after the restart of "+r.Name, func() bool { return answered.Load() > before+100 || t.Failed() })
	}
	stop()
	readers.Wait()
	t.Logf("%d calls", answered.Load())
	if code := cluster.signal(t, syscall.SIGINT); code != 0 {
		t.Errorf("exit code = %d", code)
	}
}

func fetch(ctx context.Context, url string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close() //nolint:errcheck // read whole
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s: %s", url, answer.Status, body)
	}
	return nil
}
