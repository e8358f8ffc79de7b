package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// outcome is the result of a script: its responses, and the deliveries and the bulletin at the end.
type outcome struct {
	answers    []string
	deliveries []*actionv1.Delivery
	bulletin   *reportv1.Bulletin
}

// TestTheSameScriptGivesTheSameBulletinOnEveryEngine runs the same random script on both engines.
func TestTheSameScriptGivesTheSameBulletinOnEveryEngine(t *testing.T) {
	for _, seed := range []uint64{2019, 12, 20} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			var outcomes []outcome
			suite.Engines(t, func(t *testing.T, o suite.Options) {
				s := suite.Up(t, o)
				world.Build(t, s)
				script := &script{t: t, suite: s, rng: rand.New(rand.NewPCG(seed, 1)), client: actionv1.NewDeliveryServiceClient(s.Conn)}
				for range 150 {
					script.step()
				}
				world.Balanced(t, s, world.TheCampaign())
				outcomes = append(outcomes, outcome{script.answers, world.Deliveries(t, s, world.Campaign), world.Bulletin(t, s, world.Campaign)})
			})
			if len(outcomes) == 0 {
				t.Fatal("nothing was run")
			}
			for _, o := range outcomes[1:] {
				if d := cmp.Diff(outcomes[0].answers, o.answers); d != "" {
					t.Errorf("answers differ between the engines:\n%s", d)
				}
				if d := cmp.Diff(outcomes[0].deliveries, o.deliveries, protocmp.Transform(),
					protocmp.IgnoreFields(&actionv1.Delivery{}, "create_time", "update_time")); d != "" {
					t.Errorf("deliveries differ between the engines:\n%s", d)
				}
				if d := cmp.Diff(outcomes[0].bulletin, o.bulletin, protocmp.Transform(),
					protocmp.IgnoreFields(&reportv1.Bulletin{}, "as_of")); d != "" {
					t.Errorf("bulletins differ between the engines:\n%s", d)
				}
			}
		})
	}
}

// script makes random calls, both valid and invalid ones. The random numbers determine all of them.
type script struct {
	t       *testing.T
	suite   *suite.Suite
	rng     *rand.Rand
	client  actionv1.DeliveryServiceClient
	made    []string
	answers []string
}

func (s *script) step() {
	s.t.Helper()
	kind := s.rng.IntN(10)
	var err error
	switch {
	case kind < 3 || len(s.made) == 0:
		err = s.record()
	case kind < 4:
		err = s.batch()
	case kind < 6:
		err = s.amend()
	default:
		err = s.answer(kind)
	}
	s.answers = append(s.answers, fmt.Sprintf("%d %s %v", kind, status.Code(err), err))
}

func (s *script) one() string { return s.made[s.rng.IntN(len(s.made))] }

func (s *script) as(subject string) context.Context { return s.suite.As(s.t, subject, world.Admin()) }

// delivery returns a random delivery. Some must be refused.
func (s *script) delivery() *actionv1.Delivery {
	village := append(world.Villages(), world.Untaken)[s.rng.IntN(21)/5]
	amount := s.rng.Int64N(1_000_000_000_000)
	d := []func() *actionv1.Delivery{
		func() *actionv1.Delivery { return world.Operations(village, amount%1000) },
		func() *actionv1.Delivery { return world.Cash(village, amount) },
		func() *actionv1.Delivery { return world.Goods(village, amount) },
		func() *actionv1.Delivery { // a service, where the indicator does not determine the measure
			d := world.Cash(village, amount)
			d.Action, d.Indicator, d.Measure = "bright", "BR04", actionv1.Delivery_Measure(1+s.rng.Int32N(3))
			return d
		},
		func() *actionv1.Delivery { // screening as a service with a value
			d := world.Operations(village, 1+amount%50)
			d.Indicator, d.ValueFen, d.Measure = "BR02", amount, actionv1.Delivery_SERVICE
			return d
		},
	}[s.rng.IntN(5)]()
	if s.rng.IntN(4) == 0 {
		d.Organization = "organizations/" + []string{world.Association, world.Agency, world.Foundation}[s.rng.IntN(3)]
	}
	d.DeliveryDate = world.Day(5+s.rng.Int32N(8), 1+s.rng.Int32N(28))
	return d
}

func (s *script) create() *actionv1.CreateDeliveryRequest {
	return &actionv1.CreateDeliveryRequest{
		Parent: world.Campaign, DeliveryId: world.ID("script", s.rng.Uint64()), Delivery: s.delivery(), Acknowledge: []string{world.Duplicate},
	}
}

func (s *script) record() error {
	r := s.create()
	r.RequestId = world.ID("request", s.rng.Uint64())
	d, err := s.client.CreateDelivery(s.as("office"), r)
	if err == nil {
		s.made = append(s.made, d.GetName())
	}
	return err
}

func (s *script) batch() error {
	r := &actionv1.BatchCreateDeliveriesRequest{Parent: world.Campaign, SkipIdentical: s.rng.IntN(2) == 0}
	for range 1 + s.rng.IntN(12) {
		r.Requests = append(r.Requests, s.create())
	}
	b, err := s.client.BatchCreateDeliveries(s.as("office"), r)
	for _, d := range b.GetDeliveries() {
		s.made = append(s.made, d.GetName())
	}
	return err
}

// amend changes the amount or the day, so that the delivery moves between figures and months.
func (s *script) amend() error {
	d := s.delivery()
	d.Name = s.one()
	all := []string{"action", "indicator", "delivery_date", "quantity", "value_fen", "measure"}
	if s.rng.IntN(3) > 0 {
		all = []string{"delivery_date"}
	}
	_, err := s.client.UpdateDelivery(s.as("office"), &actionv1.UpdateDeliveryRequest{Delivery: d, UpdateMask: &fieldmaskpb.FieldMask{Paths: all}})
	return err
}

func (s *script) answer(kind int) error {
	name := s.one()
	ctx := s.suite.As(s.t, []string{"team", "office"}[s.rng.IntN(8)/7], world.Team("43"))
	var err error
	switch kind {
	case 6, 7:
		_, err = s.client.ConfirmDelivery(ctx, &actionv1.ConfirmDeliveryRequest{Name: name})
	case 8:
		_, err = s.client.DisputeDelivery(ctx, &actionv1.DisputeDeliveryRequest{Name: name, Reason: "示例"})
	default:
		_, err = s.client.VoidDelivery(s.as("office"), &actionv1.VoidDeliveryRequest{Name: name, Reason: "示例"})
	}
	return err
}
