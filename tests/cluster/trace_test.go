package cluster

import (
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

func TestOneTraceLeadsFromTheRequestToPeersDatabaseAndRedis(t *testing.T) {
	cluster := theCluster(t)
	cluster.redis.start(t)
	s := cluster.suite(t)

	// To record a delivery, action calls org and village, unless it has cached their answers a few seconds ago.
	recording := newTrace()
	r := suite.Route(t, actionv1.File_wancun_action_v1_delivery_proto.Services().ByName("DeliveryService").Methods().ByName("CreateDelivery"),
		&actionv1.CreateDeliveryRequest{Parent: theCampaign, Delivery: aDelivery(t, s), ValidateOnly: true, Acknowledge: []string{world.Duplicate}})
	r.Token, r.Header = s.Token(t, "office", world.Admin()), traced(recording)
	cluster.spans.expect(t, recording, func() { s.Do(t, r).Into(t, &actionv1.Delivery{}) },
		"gateway/POST /v1/", "action/wancun.action.v1.DeliveryService/CreateDelivery",
		"org/wancun.org.v1.OrganizationService/BatchGetOrganizations", "village/wancun.village.v1.ScopeService/GetScope")

	// Report reads an overview that is not in its own cache from Redis, unless a call to Redis failed within the last
	// second.
	reading := newTrace()
	cluster.spans.expect(t, reading, func() {
		s.Do(t, suite.Request{
			Verb: http.MethodGet, Path: "/v1/" + theCampaign + "/overview", Header: traced(reading),
			Query: url.Values{"minGeneration": {strconv.FormatInt(touch(t, s), 10)}},
		}).Into(t, &reportv1.Overview{})
	}, "gateway/GET /v1/", "report/wancun.report.v1.BulletinService/GetOverview", "report/SELECT", "report/GET", "report/SET")
}

// newTrace returns a new trace id.
func newTrace() string {
	id := uuid.New()
	return hex.EncodeToString(id[:])
}

// traced returns the headers of a request with a trace.
func traced(trace string) http.Header {
	return http.Header{"Traceparent": {"00-" + trace + "-b7ad6b7169203331-01"}}
}

// aDelivery returns one of the demonstration's deliveries, as it was before it was recorded.
func aDelivery(t *testing.T, s *suite.Suite) *actionv1.Delivery {
	t.Helper()
	page, err := actionv1.NewDeliveryServiceClient(s.Conn).ListDeliveries(s.As(t, "auditor", world.Admin()),
		&actionv1.ListDeliveriesRequest{Parent: theCampaign, PageSize: 1})
	if err != nil || len(page.GetDeliveries()) != 1 {
		t.Fatalf("a delivery of the demonstration: %v, %v", page, err)
	}
	d := page.GetDeliveries()[0]
	return &actionv1.Delivery{
		Action: d.GetAction(), Indicator: d.GetIndicator(), Organization: d.GetOrganization(), Village: d.GetVillage(),
		DeliveryDate: d.GetDeliveryDate(), Quantity: d.GetQuantity(), ValueFen: d.GetValueFen(), Measure: d.GetMeasure(),
	}
}

// collected is an OTLP endpoint on loopback that stores the received spans, as "service/span" by trace.
type collected struct {
	collector.UnimplementedTraceServiceServer
	address string

	mu     sync.Mutex
	traces map[string][]string
}

// Export implements the collector's RPC.
func (c *collected) Export(_ context.Context, r *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, of := range r.GetResourceSpans() {
		var service string
		for _, a := range of.GetResource().GetAttributes() {
			if a.GetKey() == "service.name" {
				service = a.GetValue().GetStringValue()
			}
		}
		for _, scope := range of.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				trace := hex.EncodeToString(span.GetTraceId())
				c.traces[trace] = append(c.traces[trace], service+"/"+strings.TrimPrefix(span.GetName(), "/"))
			}
		}
	}
	return &collector.ExportTraceServiceResponse{}, nil
}

// of returns the spans of a trace.
func (c *collected) of(trace string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.traces[trace])
}

// expect repeats the request until the trace has all of the spans. They arrive a little later than the responses.
func (c *collected) expect(t *testing.T, trace string, ask func(), spans ...string) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("the trace has %v", c.of(trace))
		}
	}()
	suite.Eventually(t, fmt.Sprintf("a trace with %v", spans), func() bool {
		ask()
		has := c.of(trace)
		return !slices.ContainsFunc(spans, func(s string) bool { return !slices.Contains(has, s) })
	})
}

// collect receives spans until the tests end.
func collect() (*collected, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &collected{address: l.Addr().String(), traces: map[string][]string{}}
	server := grpc.NewServer()
	collector.RegisterTraceServiceServer(server, c)
	go func() { _ = server.Serve(l) }() // ends with this process
	return c, nil
}
