package faults

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

const (
	clients = 16
	rounds  = 4
	rows    = 400 // of the sheet that is loaded during the kill
)

func TestNothingAcknowledgedIsLostWhenTheSuiteIsKilled(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := suite.Up(t, o)
		world.Build(t, s)
		w := &writers{acknowledged: map[string]*actionv1.Delivery{}, open: map[string]*actionv1.CreateDeliveryRequest{}}
		for round := range rounds {
			killDuring(t, s, w, round)
			s = s.Again(t)
			w.finish(t, s)
			w.mustStand(t, s)
			world.Balanced(t, s, world.TheCampaign())
		}
		t.Logf("%d writes acknowledged, %d of them on the second try", len(w.acknowledged), w.repeated)
		if code := s.Stop(t); code != 0 {
			t.Errorf("exit code %d", code)
		}
		suite.MustRun(t, append([]string{"verify"}, s.Flags()...)...)
	})
}

// killDuring kills the suite while 16 clients write and a sheet is loaded, at a different moment in each round.
func killDuring(t *testing.T, s *suite.Suite, w *writers, round int) {
	t.Helper()
	sheet := sheetOf(t, round)
	token := s.Token(t, "office", world.Admin())
	var group sync.WaitGroup
	enough := make(chan struct{})
	w.begin(20+37*round, enough)
	for client := range clients {
		group.Go(func() { w.write(t.Context(), s, token, fmt.Sprintf("%d/%d", round, client)) })
	}
	loads := 0
	group.Go(func() {
		for r := (suite.Result{}); r.Code == 0; loads++ { // until the suite has ended
			r = suite.Run(t, "load", s.Server(), "--token", token, "--campaign", world.CampaignID, "--acknowledge", world.Duplicate, sheet)
		}
	})
	<-enough
	s.Kill(t)
	group.Wait()
	again := s.Again(t)
	r := suite.Run(t, "load", again.Server(), "--token", again.Token(t, "office", world.Admin()), "--campaign", world.CampaignID, "--acknowledge", world.Duplicate, sheet)
	all := fmt.Sprintf("%d created, 0 unchanged", rows)
	if r.Code != 0 || !strings.Contains(r.Out, all) && !strings.Contains(r.Out, "nothing changed") {
		t.Errorf("the sheet is there in part: code %d, %q %s", r.Code, r.Out, r.Err)
	}
	again.Kill(t)
}

func sheetOf(t *testing.T, round int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("action,indicator,organization,village,delivery_date,quantity,note\n")
	for n := range rows {
		fmt.Fprintf(&b, "bright,BR02,%s,%s,2019-07-01,%d,%d\n", world.Association, world.Villages()[n%4], n+1, round)
	}
	path := filepath.Join(t.TempDir(), "deliveries.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// writers remembers the requests and their responses.
type writers struct {
	mu           sync.Mutex
	acknowledged map[string]*actionv1.Delivery              // by request id
	open         map[string]*actionv1.CreateDeliveryRequest // sent, without a response
	repeated     int
	left         int
	enough       chan struct{}
}

// begin resets the writers: enough is closed after left more acknowledged writes.
func (w *writers) begin(left int, enough chan struct{}) { w.left, w.enough = left, enough }

// write records deliveries one after the other until a call fails.
func (w *writers) write(ctx context.Context, s *suite.Suite, token, who string) {
	client := actionv1.NewDeliveryServiceClient(s.Conn)
	for n := 0; ; n++ {
		r := request(who, n)
		w.mu.Lock()
		w.open[r.GetRequestId()] = r
		w.mu.Unlock()
		d, err := client.CreateDelivery(suite.WithToken(ctx, token), r)
		if err != nil {
			return // finish sends the request again
		}
		w.mu.Lock()
		delete(w.open, r.GetRequestId())
		w.acknowledged[r.GetRequestId()] = d
		if w.left--; w.left == 0 {
			close(w.enough)
		}
		w.mu.Unlock()
	}
}

func request(who string, n int) *actionv1.CreateDeliveryRequest {
	d := world.Cash(world.Villages()[n%4], int64(100+n))
	if n%3 == 0 {
		d = world.Operations(world.Villages()[n%4], int64(1+n))
	}
	return &actionv1.CreateDeliveryRequest{Parent: world.Campaign, Delivery: d, RequestId: world.ID("kill", who, n), Acknowledge: []string{world.Duplicate}}
}

// finish sends the requests without a response again under the same request ids, each from several clients at once.
// Each must be applied exactly once, and all clients must receive the same response.
func (w *writers) finish(t *testing.T, s *suite.Suite) {
	t.Helper()
	client := actionv1.NewDeliveryServiceClient(s.Conn)
	ctx := s.As(t, "office", world.Admin())
	for id, r := range w.open {
		answers := make([]*actionv1.Delivery, 3)
		var group sync.WaitGroup
		for i := range answers {
			group.Go(func() {
				d, err := client.CreateDelivery(ctx, r)
				for status.Code(err) == codes.Aborted { // the same request is running
					d, err = client.CreateDelivery(ctx, r)
				}
				if err != nil {
					t.Errorf("send again: %v", err)
				}
				answers[i] = d
			})
		}
		group.Wait()
		for _, other := range answers[1:] {
			if d := cmp.Diff(answers[0], other, protocmp.Transform()); d != "" {
				t.Errorf("the same request is answered in two ways:\n%s", d)
			}
		}
		w.acknowledged[id] = answers[0]
		w.repeated++
	}
	w.open = map[string]*actionv1.CreateDeliveryRequest{}
}

// mustStand fails the test unless the stored deliveries, without those of the sheets, are exactly the acknowledged
// ones.
func (w *writers) mustStand(t *testing.T, s *suite.Suite) {
	t.Helper()
	there := map[string]*actionv1.Delivery{}
	for _, d := range world.Deliveries(t, s, world.Campaign) {
		if d.GetIndicator() != "BR02" {
			there[d.GetName()] = d
		}
	}
	for id, d := range w.acknowledged {
		if diff := cmp.Diff(d, there[d.GetName()], protocmp.Transform()); diff != "" {
			t.Errorf("request %s was acknowledged and is not there as it was (-acknowledged +there):\n%s", id, diff)
		}
		delete(there, d.GetName())
	}
	for name := range there {
		t.Errorf("%s exists, and no call returned it: a request was applied twice", name)
	}
}

func TestARequestSentByManyAtOnceIsAppliedOnce(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := suite.Up(t, o)
		world.Build(t, s)
		client := actionv1.NewDeliveryServiceClient(s.Conn)
		ctx := s.As(t, "office", suite.Everywhere(accessv1.Grant_ACTION_OFFICE))
		var group sync.WaitGroup
		for n := range 70 {
			for range 3 { // a caller may have 256 calls in flight
				group.Go(func() {
					if _, err := client.CreateDelivery(ctx, request("many", n)); err != nil && status.Code(err) != codes.Aborted {
						t.Errorf("request %d: %v", n, err)
					}
				})
			}
		}
		group.Wait()
		if n := len(world.Deliveries(t, s, world.Campaign)); n != 70 {
			t.Errorf("%d deliveries, want 70", n)
		}
		other := request("many", 7)
		other.Delivery = world.Goods(world.Village, 9)
		if _, err := client.CreateDelivery(ctx, other); status.Code(err) != codes.AlreadyExists {
			t.Errorf("another body under a used request id: %v", err)
		}
	})
}
