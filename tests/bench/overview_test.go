package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strconv"
	"testing"

	"github.com/wancun/wancun/gateway"
	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/servertest"
)

const (
	readers    = 16
	overviewOf = 2000 // number of deliveries
)

// BenchmarkReadOverview reads a campaign's overview over REST from a gateway in one process with its services, as under
// `wancun up`. The other side reads the same bytes from a plain net/http handler. 16 connections are kept alive. The
// client is Go's, whose own work slows both sides down and moves the ratio towards 1, and also wrk if it is installed.
func BenchmarkReadOverview(b *testing.B) {
	ours := serveOverview(b)
	bare := serveBytes(b, get(b, ours))
	b.Run("client=go", func(b *testing.B) {
		compare(b, "requests/s", goClient(b, ours), goClient(b, bare))
	})
	b.Run("client=wrk", func(b *testing.B) {
		if _, err := exec.LookPath("wrk"); err != nil {
			b.Skip("skipped: wrk is not installed")
		}
		compare(b, "requests/s", wrk(ours), wrk(bare))
	})
}

// serveOverview serves a gateway with action and report in this process, and returns the URL of an overview.
func serveOverview(b *testing.B) string {
	b.Helper()
	target := func() string { return "sqlite://" + b.TempDir() + "/bench.db" }
	actions, reports := newServer(b), newServer(b)
	openAction(b, target(), nil).Register(actions)
	journals := servertest.Serve(b, actions)
	openReport(b, target(), journals).Register(reports)
	if err := reports.Start(); err != nil {
		b.Fatal(err)
	}
	recordAll(b, newRecorders(b, servertest.Dial(b, journals)))
	contains(b, reportv1.NewBulletinServiceClient(reports.Conn()), 1+overviewOf)
	handler, err := gateway.New(b.Context(), gateway.Config{}, gateway.Deps{
		Org: actions.Conn(), Village: actions.Conn(), Action: actions.Conn(), Report: reports.Conn(), Verifier: servertest.Verifier(b), Logger: quiet(b),
	})
	if err != nil {
		b.Fatal(err)
	}
	return listen(b, handler) + "/v1/" + campaign + "/overview"
}

// recordAll records the deliveries of the overview.
func recordAll(b *testing.B, r *recorders) {
	b.Helper()
	batch := &actionv1.BatchCreateDeliveriesRequest{Parent: campaign}
	for n := range overviewOf {
		batch.Requests = append(batch.Requests, &actionv1.CreateDeliveryRequest{Parent: campaign, Delivery: delivery(n)})
	}
	ctx := as(b.Context(), "office", accessv1.Grant_PROVINCE_ADMIN, "43")
	if _, err := r.clients[0].BatchCreateDeliveries(ctx, batch); err != nil {
		b.Fatal(err)
	}
}

// serveBytes serves one body from a plain handler.
func serveBytes(b *testing.B, body []byte) string {
	b.Helper()
	length := []string{strconv.Itoa(len(body))}
	return listen(b, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = []string{"application/json"}
		w.Header()["Content-Length"] = length
		_, _ = w.Write(body) // an error means that the client has disconnected
	})) + "/"
}

// listen serves a handler on a loopback port, with the server settings of the binary.
func listen(b *testing.B, handler http.Handler) string {
	b.Helper()
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	s := httptest.NewUnstartedServer(handler)
	s.Config.Protocols = protocols
	s.Start()
	b.Cleanup(s.Close)
	return s.URL
}

func get(b *testing.B, address string) []byte {
	b.Helper()
	r, err := http.Get(address)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }() // read completely
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(`"counties"`)) {
		b.Fatalf("GET %s = %s, %v: %.200s", address, r.Status, err, body)
	}
	return body
}

// goClient measures reads of an address with Go's client.
func goClient(b *testing.B, address string) rate {
	b.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: readers, DisableCompression: true, DialContext: (&net.Dialer{}).DialContext}
	b.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport}
	read := func(int) error {
		r, err := client.Get(address)
		if err != nil {
			return err
		}
		defer func() { _ = r.Body.Close() }() // read completely
		if r.StatusCode != http.StatusOK {
			return fmt.Errorf("status %s", r.Status)
		}
		_, err = io.Copy(io.Discard, r.Body)
		return err
	}
	return func(b *testing.B) float64 { return closedLoop(b, readers, read, nil) }
}

var (
	requestsPerSecond = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)
	badAnswers        = regexp.MustCompile(`Non-2xx|Socket errors`)
)

// wrk measures reads of an address with wrk.
func wrk(address string) rate {
	return func(b *testing.B) float64 {
		out, err := exec.CommandContext(context.WithoutCancel(b.Context()), "wrk", "-t1", fmt.Sprintf("-c%d", readers), "-d1s", address).CombinedOutput()
		found := requestsPerSecond.FindSubmatch(out)
		if err != nil || found == nil || badAnswers.Match(out) {
			b.Fatalf("wrk: %v\n%s", err, out)
		}
		rate, err := strconv.ParseFloat(string(found[1]), 64)
		if err != nil {
			b.Fatal(err)
		}
		return rate
	}
}
