package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// desk is a user of only the REST API.
type desk struct {
	t     *testing.T
	suite *suite.Suite
	token string
}

func (d desk) send(verb, path string, body proto.Message) suite.Response {
	d.t.Helper()
	r := suite.Request{Verb: verb, Path: path, Token: d.token}
	if body != nil {
		var err error
		if r.Body, err = protojson.Marshal(body); err != nil {
			d.t.Fatal(err)
		}
	}
	return d.suite.Do(d.t, r)
}

func (d desk) post(path string, body, answer proto.Message) {
	d.t.Helper()
	if body == nil {
		body = &accessv1.Grant{} // an empty object
	}
	d.send(http.MethodPost, path, body).Into(d.t, answer)
}

func (d desk) refused(status int, reason, verb, path string, body proto.Message) {
	d.t.Helper()
	if p := d.send(verb, path, body).Problem(d.t); p.Status != status || p.Reason != reason {
		d.t.Errorf("%s %s: %+v, want %d %s", verb, path, p, status, reason)
	}
}

// bulletin reads the bulletin without a token. It waits until the bulletin contains all earlier writes.
func (d desk) bulletin() *reportv1.Bulletin {
	d.t.Helper()
	written := url.Values{"atLeast": world.Positions(d.t.Context(), d.t, d.suite)}
	b := &reportv1.Bulletin{}
	desk{t: d.t, suite: d.suite}.send(http.MethodGet, "/v1/campaigns/example/bulletin?"+written.Encode(), nil).Into(d.t, b)
	return b
}

func TestADeliveryLivesFromTheRequestToTheBulletin(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	at := func(t *testing.T, subject string, grants ...*accessv1.Grant) desk {
		return desk{t, s, s.Token(t, subject, grants...)}
	}
	world.Record(t, s, "office", "other", world.Goods(world.Nearby, 5_000))
	const foundation = "/v1/organizations/" + world.Foundation
	manager := suite.Of(world.Foundation)
	given := world.Operations(world.Village, 12)
	given.Organization = "organizations/" + world.Foundation
	given.ValueFen, given.Measure = 240_000, actionv1.Delivery_SERVICE
	made := &actionv1.Delivery{}

	t.Run("an organization that is not approved records nothing", func(t *testing.T) {
		at(t, "manager", manager).refused(400, "ORGANIZATION_NOT_APPROVED", http.MethodPost, "/v1/campaigns/example/deliveries", given)
	})
	t.Run("the county approves it", func(t *testing.T) {
		o := &orgv1.Organization{}
		at(t, "neighbour", suite.In(world.NearbyCounty, accessv1.Grant_COUNTY_CLERK)).refused(404, "RESOURCE_NOT_FOUND", http.MethodPost, foundation+":approve", &accessv1.Grant{})
		at(t, "county", suite.In(world.County, accessv1.Grant_COUNTY_CLERK)).post(foundation+":approve", nil, o)
		if o.GetState() != orgv1.Organization_APPROVED || o.GetApprovedBy() != "county" {
			t.Errorf("approved: %v", o)
		}
	})
	before := at(t, "reader").bulletin()
	t.Run("its manager records a delivery", func(t *testing.T) {
		at(t, "manager", manager).post("/v1/campaigns/example/deliveries", given, made)
		if made.GetState() != actionv1.Delivery_RECORDED || made.GetRecordedBy() != "manager" {
			t.Errorf("recorded: %v", made)
		}
		mustChange(t, before, at(t, "reader").bulletin(), "MB02", "TT03", "PV05", "BR03")
	})
	path := "/v1/" + made.GetName()
	t.Run("who recorded it does not confirm it", func(t *testing.T) {
		both := at(t, "manager", manager, world.Team(world.Village))
		both.refused(403, "FOUR_EYES", http.MethodPost, path+":confirm", &accessv1.Grant{})
		at(t, "other-team", world.Team(world.Neighbour)).refused(404, "RESOURCE_NOT_FOUND", http.MethodPost, path+":confirm", &accessv1.Grant{})
	})
	story := []struct {
		name    string
		does    func(t *testing.T)
		changes []string
		figures map[string][2]int64 // recorded and confirmed
	}{
		{"the village confirms it", func(t *testing.T) {
			at(t, "team", world.Team(world.Village)).post(path+":confirm", nil, made)
		}, []string{"MB02", "TT03", "PV05", "BR03"}, map[string][2]int64{"BR03": {12, 12}, "TT03": {240_000, 240_000}, "MB02": {2, 1}}},
		{"an amendment asks the village again", func(t *testing.T) {
			at(t, "manager", manager).send(http.MethodPatch, path+"?updateMask=quantity", &actionv1.Delivery{Quantity: 15}).Into(t, made)
		}, []string{"MB02", "TT03", "PV05", "BR03"}, map[string][2]int64{"BR03": {15, 0}, "TT03": {240_000, 0}, "MB02": {2, 0}}},
		{"a dispute leaves it recorded", func(t *testing.T) {
			at(t, "team", world.Team(world.Village)).post(path+":dispute", &actionv1.DisputeDeliveryRequest{Reason: "twelve"}, made)
		}, nil, map[string][2]int64{"BR03": {15, 0}}},
		{"an amendment of the quantity alone leaves the money alone", func(t *testing.T) {
			at(t, "manager", manager).send(http.MethodPatch, path+"?updateMask=quantity", &actionv1.Delivery{Quantity: 12}).Into(t, made)
		}, []string{"BR03"}, map[string][2]int64{"BR03": {12, 0}, "TT03": {240_000, 0}}},
		{"a void takes it out of every figure", func(t *testing.T) {
			at(t, "manager", manager).post(path+":void", &actionv1.VoidDeliveryRequest{Reason: "recorded twice"}, made)
		}, []string{"MB02", "TT03", "PV05", "BR03"}, map[string][2]int64{"BR03": {0, 0}, "TT03": {0, 0}, "MB02": {1, 0}}},
	}
	for _, step := range story {
		t.Run(step.name, func(t *testing.T) {
			before := at(t, "reader").bulletin()
			step.does(t)
			after := at(t, "reader").bulletin()
			mustChange(t, before, after, step.changes...)
			for _, f := range after.GetFigures() {
				want, given := step.figures[f.GetIndicator()]
				if got := [2]int64{f.GetRecorded().GetValue(), f.GetConfirmed().GetValue()}; given && got != want {
					t.Errorf("%s is recorded and confirmed as %v, want %v", f.GetIndicator(), got, want)
				}
			}
			world.Balanced(t, s, world.TheCampaign())
		})
	}
	t.Run("after the void the bulletin is what it was before", func(t *testing.T) {
		mustChange(t, before, at(t, "reader").bulletin())
	})
	t.Run("a void delivery stays readable and is not changed any more", func(t *testing.T) {
		at(t, "manager", manager).send(http.MethodGet, path, nil).Into(t, made)
		if made.GetState() != actionv1.Delivery_VOID || made.GetReason() != "recorded twice" {
			t.Errorf("void: %v", made)
		}
		at(t, "manager", manager).refused(400, "WRONG_STATE", http.MethodPatch, path+"?updateMask=quantity", &actionv1.Delivery{Quantity: 1})
	})
}

// mustChange fails the test unless exactly these figures differ between two bulletins. It does not compare their as_of.
func mustChange(t *testing.T, before, after *reportv1.Bulletin, want ...string) {
	t.Helper()
	got := world.Changed(before, after)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("changed %v, want %v\n%s", got, want, cmp.Diff(before.GetFigures(), after.GetFigures(), protocmp.Transform()))
	}
	if len(want) > 0 {
		return
	}
	if d := cmp.Diff(before, after, protocmp.Transform(), protocmp.IgnoreFields(&reportv1.Bulletin{}, "as_of")); d != "" {
		t.Errorf("the bulletin changed (-before +after):\n%s", d)
	}
}

func TestAWriteSentTwiceIsWrittenOnce(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := suite.Up(t, o)
		world.Build(t, s)
		d := desk{t, s, s.Token(t, "office", world.Admin())}
		path := fmt.Sprintf("/v1/campaigns/example/deliveries?requestId=%s", world.ID("once"))
		first, second := &actionv1.Delivery{}, &actionv1.Delivery{}
		d.post(path, world.Operations(world.Village, 3), first)
		d.post(path, world.Operations(world.Village, 3), second)
		if diff := cmp.Diff(first, second, protocmp.Transform()); diff != "" {
			t.Errorf("the second answer differs:\n%s", diff)
		}
		d.refused(409, "REQUEST_ID_REUSED", http.MethodPost, path, world.Operations(world.Village, 4))
		if n := len(world.Deliveries(t, s, world.Campaign)); n != 1 {
			t.Errorf("%d deliveries are written, want 1", n)
		}
		t.Run("and so is a batch, answered the same with what it passed over", func(t *testing.T) {
			client := actionv1.NewDeliveryServiceClient(s.Conn)
			ctx := s.As(t, "office", world.Admin())
			batch := func(id string, keys ...string) *actionv1.BatchCreateDeliveriesRequest {
				r := &actionv1.BatchCreateDeliveriesRequest{Parent: world.Campaign, RequestId: world.ID(id), SkipIdentical: true, Acknowledge: []string{world.Duplicate}}
				for _, key := range keys {
					r.Requests = append(r.Requests, &actionv1.CreateDeliveryRequest{
						Parent: world.Campaign, DeliveryId: world.ID(key), Delivery: world.Cash(world.Away, 100),
					})
				}
				return r
			}
			if _, err := client.BatchCreateDeliveries(ctx, batch("first", "a")); err != nil {
				t.Fatal(err)
			}
			once, err := client.BatchCreateDeliveries(ctx, batch("second", "a", "b"))
			if err != nil {
				t.Fatal(err)
			}
			again, err := client.BatchCreateDeliveries(ctx, batch("second", "a", "b"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(once, again, protocmp.Transform()); diff != "" {
				t.Errorf("the same batch is answered otherwise (-first +second):\n%s", diff)
			}
		})
	})
}
