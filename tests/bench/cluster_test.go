package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

const (
	noticeCampaign = "campaigns/five-special-actions-2019"
	// steadyFor is how long the script runs at half of the slower side's peak.
	steadyFor = 5 * time.Second
)

// BenchmarkClusterBesideOneProcess runs one load script over REST, alternately against a cluster of wancun-cluster (two
// replicas of each service with mTLS, PostgreSQL and Redis) and against one `wancun up`. Of ten requests, six read the
// overview, two list deliveries and two record a delivery. First 16 clients send requests in a closed loop; this gives
// the peak. Then requests are sent at half of the slower side's peak, each at its due time whether or not earlier ones
// have finished. The percentiles are the times from the due time to the response.
func BenchmarkClusterBesideOneProcess(b *testing.B) {
	cluster := startCluster(b)
	for _, one := range []struct {
		name    string
		options suite.Options
	}{
		{"up=postgres", suite.Options{Postgres: suite.Postgres(b), Demo: true}},
		{"up=sqlite", suite.Options{Demo: true}},
	} {
		b.Run(one.name, func(b *testing.B) {
			sides := [2]*script{newScript(b, cluster), newScript(b, suite.Up(b, one.options))}
			for b.Loop() {
				besides(b, sides)
			}
		})
	}
}

// besides runs both sides alternately and reports the results.
func besides(b *testing.B, sides [2]*script) {
	var peaks, late [2][]float64
	var ratios []float64
	for round := range rounds {
		for n := range sides {
			side := (n + round) % 2
			peaks[side] = append(peaks[side], sides[side].peak(b))
		}
		ratios = append(ratios, peaks[0][round]/peaks[1][round])
	}
	half := min(median(peaks[0]), median(peaks[1])) / 2
	for range 3 {
		for side, s := range sides {
			late[side] = append(late[side], s.steady(b, half)...)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(ratios), "ratio")
	b.ReportMetric(half, "steady-requests/s")
	for side, name := range []string{"cluster", "one"} {
		b.ReportMetric(median(peaks[side]), name+"-requests/s")
		b.ReportMetric(median(late[side]), name+"-p50-ms")
		b.ReportMetric(quantile(late[side], 0.99), name+"-p99-ms")
	}
}

// script is the load for one side.
type script struct {
	rest, token string
	delivery    []byte // JSON of a delivery that is recorded again and again
	client      *http.Client
	asked       atomic.Int64
}

func newScript(b *testing.B, s *suite.Suite) *script {
	b.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 256}
	b.Cleanup(transport.CloseIdleConnections)
	one := &script{rest: s.REST + "/v1/" + noticeCampaign, token: s.Token(b, "office", world.Admin()), client: &http.Client{Transport: transport}}
	var page struct {
		Deliveries []map[string]any `json:"deliveries"`
	}
	text, err := one.send(http.MethodGet, "/deliveries?pageSize=1", nil)
	if err == nil {
		err = json.Unmarshal(text, &page)
	}
	if err != nil || len(page.Deliveries) != 1 {
		b.Fatalf("a delivery of the demonstration: %s, %v", text, err)
	}
	given := map[string]any{}
	for _, field := range []string{"action", "indicator", "organization", "village", "deliveryDate", "quantity", "valueFen", "measure"} {
		if v, ok := page.Deliveries[0][field]; ok {
			given[field] = v
		}
	}
	if one.delivery, err = json.Marshal(given); err != nil {
		b.Fatal(err)
	}
	return one
}

// ask sends the next request of the script.
func (s *script) ask() error {
	var err error
	switch s.asked.Add(1) % 10 {
	case 0, 5:
		_, err = s.send(http.MethodPost, "/deliveries?requestId="+uuid.NewString(), s.delivery)
	case 2, 7:
		_, err = s.send(http.MethodGet, "/deliveries?pageSize=50", nil)
	default:
		_, err = s.send(http.MethodGet, "/overview", nil)
	}
	return err
}

func (s *script) send(verb, path string, body []byte) ([]byte, error) {
	r, err := http.NewRequest(verb, s.rest+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	answer, err := s.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }() // read completely
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s = %s: %.300s", verb, path, answer.Status, text)
	}
	return text, err
}

// peak returns the rate at which 16 clients receive responses.
func (s *script) peak(b *testing.B) float64 {
	return closedLoop(b, writers, func(int) error { return s.ask() }, nil)
}

// steady sends requests at a rate, and returns for each the milliseconds from its due time to its response.
func (s *script) steady(b *testing.B, rate float64) []float64 {
	var mu sync.Mutex
	var late []float64
	openLoop(rate, steadyFor, func(_ int, due time.Time) {
		err := s.ask()
		took := time.Since(due)
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			b.Error(err)
		}
		late = append(late, took.Seconds()*1000)
	})
	return late
}

// startCluster starts a cluster with the demonstration. It ends with the benchmark.
func startCluster(b *testing.B) *suite.Suite {
	b.Helper()
	suite.Given(b, "WANCUN_TEST_POSTGRES")                // machines with test servers have the binaries
	dir, err := os.MkdirTemp("", "wancun-bench-cluster-") // PostgreSQL's user cannot enter the parent of b.TempDir
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = os.RemoveAll(dir) }) // best effort: the directory is temporary
	ctx, stop := context.WithCancel(context.WithoutCancel(b.Context()))
	c := suite.Program(ctx, "wancun-cluster", "--data", dir)
	said, err := os.Create(filepath.Join(b.TempDir(), "said"))
	if err != nil {
		b.Fatal(err)
	}
	c.Stdout, c.Stderr = said, said
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stop()
		_ = c.Wait() // stop has ended it
		if text, err := os.ReadFile(said.Name()); b.Failed() && err == nil {
			b.Logf("the cluster said:\n%s", text)
		}
		closed(b, said.Close)
	})
	suite.Eventually(b, "the demonstration to be loaded", func() bool {
		text, err := os.ReadFile(said.Name())
		return err == nil && bytes.Contains(text, []byte("Stop with Ctrl-C."))
	})
	var state struct{ Issuer, Gateway string }
	text, err := os.ReadFile(filepath.Join(dir, "cluster.json"))
	if err == nil {
		err = json.Unmarshal(text, &state)
	}
	if err != nil {
		b.Fatal(err)
	}
	return suite.Join(b, state.Gateway, dir, state.Issuer)
}
