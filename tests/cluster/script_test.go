package cluster

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// The script is the concurrent work of programs at many desks, over REST. Each program retries a request with the same
// id until it succeeds, and only then sends the next one. So the result is the same whatever fails meanwhile.
const (
	desks = 16
	turns = 4 // at each desk, for each killed process
)

func TestKillingAnyProcessCostsNoAcknowledgedWrite(t *testing.T) {
	dir, flags := t.TempDir(), servers(t)
	cluster := startCluster(t, append([]string{"--no-demo", "--restart", "--data", dir}, flags...)...)
	before := serving(t, cluster, dir)
	s := suite.Join(t, before.Gateway, dir, before.Issuer)
	world.Build(t, s)
	moves := watch(t, before.Postgres)
	disturbed := newScript(t, s)
	for round, victim := range before.Processes {
		began := disturbed.calls.Load()
		half := make(chan struct{})
		var done sync.WaitGroup
		done.Go(func() { disturbed.round(t, round, sync.OnceFunc(func() { close(half) })) })
		<-half
		end(t, dir, victim.Name, syscall.SIGKILL)
		moves.killed(victim)
		disturbed.everything(t, round)
		done.Wait()
		back(t, cluster, dir, victim)
		t.Logf("%s: %d calls, %d of them repeated so far", victim.Name, disturbed.calls.Load()-began, disturbed.repeated.Load())
	}
	mustEqual(t, undisturbed(t, len(before.Processes)), figures(world.Bulletin(t, s, world.Campaign)))
	disturbed.mustStand(t)
	world.Balanced(t, s, world.TheCampaign())
	moves.mustFollowOneAnother(t)
	moves.mustGoOn(t)
	if code := cluster.signal(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit code = %d", code)
	}
	audited(t, dir, flags)
}

// undisturbed returns the bulletin after the same rounds in one process.
func undisturbed(t *testing.T, rounds int) *reportv1.Bulletin {
	t.Helper()
	s := suite.Up(t, suite.Options{}).ByREST(t)
	world.Build(t, s)
	one := newScript(t, s)
	for round := range rounds {
		one.round(t, round, func() {})
		one.everything(t, round)
	}
	return figures(world.Bulletin(t, s, world.Campaign))
}

// script remembers the acknowledged writes.
type script struct {
	suite           *suite.Suite
	patient         bool // whether a call that a frozen process delayed past its deadline is retried
	province        context.Context
	teams           map[string]context.Context // of the villages
	acknowledged    sync.Map                   // of deliveries by name
	calls, repeated atomic.Int64
}

func newScript(t *testing.T, s *suite.Suite) *script {
	t.Helper()
	begun := &script{suite: s, province: s.As(t, "province", world.Admin()), teams: map[string]context.Context{}}
	for _, village := range world.Villages() {
		begun.teams[village] = s.As(t, "team", world.Team(village))
	}
	return begun
}

// round runs the turns of every desk, and calls half when half of them are done.
func (s *script) round(t *testing.T, round int, half func()) {
	t.Helper()
	var done atomic.Int64
	var all sync.WaitGroup
	for desk := range desks {
		all.Go(func() {
			defer half() // if a desk failed
			for turn := range turns {
				if err := s.turn(t, desk, round*turns+turn); err != nil {
					t.Errorf("desk %d, turn %d of round %d: %v", desk, turn, round, err)
					return
				}
				if done.Add(1) == desks*turns/2 {
					half()
				}
			}
		})
	}
	all.Wait()
}

// turn records and answers a delivery, and makes another write that depends on the desk.
func (s *script) turn(t *testing.T, desk, turn int) error {
	if err := s.deliver(t, desk, turn); err != nil {
		return err
	}
	switch {
	case desk == 0:
		return s.state(t, dayOf(turn))
	case desk <= 2:
		return s.register(t, desk, turn)
	default:
		return s.need(t, desk, turn)
	}
}

// everything makes the turn of one more desk, which writes to each service.
func (s *script) everything(t *testing.T, turn int) {
	t.Helper()
	for _, err := range []error{
		s.register(t, desks, turn), s.need(t, desks, turn), s.deliver(t, desks, turn), s.state(t, dayOf(100+turn)),
	} {
		if err != nil {
			t.Errorf("a turn of everything: %v", err)
		}
	}
}

func (s *script) deliver(t *testing.T, desk, turn int) error {
	client := actionv1.NewDeliveryServiceClient(s.suite.Conn)
	village := world.Villages()[(desk+turn)%4]
	office, team := s.province, s.teams[village]
	given := []*actionv1.Delivery{
		world.Operations(village, int64(1+turn)), world.Cash(village, int64(100+desk)), world.Goods(village, int64(100*turn+desk+1)),
	}[(desk+turn)%3]
	record := &actionv1.CreateDeliveryRequest{
		Parent: world.Campaign, Delivery: given, DeliveryId: world.ID("delivery", desk, turn), RequestId: world.ID("record", desk, turn),
		Acknowledge: []string{world.Duplicate},
	}
	name, answer := world.Campaign+"/deliveries/"+record.GetDeliveryId(), world.ID("answer", desk, turn)
	steps := []func() (*actionv1.Delivery, error){
		func() (*actionv1.Delivery, error) { return client.CreateDelivery(office, record) },
		[]func() (*actionv1.Delivery, error){
			func() (*actionv1.Delivery, error) {
				return client.ConfirmDelivery(team, &actionv1.ConfirmDeliveryRequest{Name: name, RequestId: answer})
			},
			func() (*actionv1.Delivery, error) {
				return client.DisputeDelivery(team, &actionv1.DisputeDeliveryRequest{Name: name, Reason: "示例", RequestId: answer})
			},
			func() (*actionv1.Delivery, error) {
				return client.VoidDelivery(office, &actionv1.VoidDeliveryRequest{Name: name, Reason: "示例", RequestId: answer})
			},
			func() (*actionv1.Delivery, error) {
				return client.UpdateDelivery(office, &actionv1.UpdateDeliveryRequest{
					Delivery: &actionv1.Delivery{Name: name, Beneficiaries: int64(turn)}, RequestId: answer,
					UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"beneficiaries"}},
				})
			},
		}[turn%turns],
	}
	for n, step := range steps {
		err := s.insist(t, func() error {
			d, err := step()
			if err == nil {
				s.acknowledged.Store(name, d)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("step %d of %s: %w", n, name, err)
		}
	}
	return nil
}

// state creates a statement of a figure as of a day.
func (s *script) state(t *testing.T, asOf *date.Date) error {
	return s.insist(t, func() error {
		_, err := reportv1.NewStatementServiceClient(s.suite.Conn).CreateStatement(s.province, &reportv1.CreateStatementRequest{
			Parent: world.Campaign, RequestId: world.ID("statement", asOf.GetMonth(), asOf.GetDay()), Statement: &reportv1.Statement{
				Indicator: "CM01", Value: int64(asOf.GetDay()), Qualifier: reportv1.Statement_EXACT, Unit: "person",
				AsOf: asOf, Completeness: reportv1.Statement_COMPLETE, Source: "示例",
			},
		})
		return err
	})
}

func dayOf(turn int) *date.Date { return world.Day(int32(5+turn/28), int32(1+turn%28)) } //nolint:gosec // days of a year

// register changes an organization's contact.
func (s *script) register(t *testing.T, desk, turn int) error {
	return s.insist(t, func() error {
		_, err := orgv1.NewOrganizationServiceClient(s.suite.Conn).UpdateOrganization(s.province, &orgv1.UpdateOrganizationRequest{
			Organization: &orgv1.Organization{
				Name:    "organizations/" + []string{world.Association, world.Agency}[desk%2],
				Contact: &orgv1.Contact{Person: "示例联系人", Phone: fmt.Sprintf("000 0000 %04d", turn)},
			},
			UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"contact"}}, RequestId: world.ID("contact", desk, turn),
		})
		return err
	})
}

// need creates a draft of a village's need.
func (s *script) need(t *testing.T, desk, turn int) error {
	return s.insist(t, func() error {
		_, err := villagev1.NewNeedServiceClient(s.suite.Conn).CreateNeed(s.province, &villagev1.CreateNeedRequest{
			Parent: "villages/" + world.Villages()[desk%4], NeedId: world.ID("need", desk, turn), RequestId: world.ID("draft", desk, turn),
			Acknowledge: []string{world.Duplicate},
			Need:        &villagev1.Need{Category: "cataract_patients", Quantity: 3, Unit: "person", Description: "示例", SurveyDate: world.Day(6, 1)},
		})
		return err
	})
}

// insist retries a request until it succeeds, for at most a minute.
func (s *script) insist(t *testing.T, send func() error) error {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		s.calls.Add(1)
		err := send()
		switch status.Code(err) {
		case codes.Unavailable: // also after a broken connection
		case codes.DeadlineExceeded:
			if !s.patient {
				return err
			}
		case codes.Aborted: // the first attempt, whose response was lost, is still running
		default:
			return err
		}
		if ctx.Err() != nil {
			return fmt.Errorf("not answered within a minute: %w", err)
		}
		s.repeated.Add(1)
		pause(ctx)
	}
}

// mustStand fails the test unless the stored deliveries are exactly the acknowledged ones.
func (s *script) mustStand(t *testing.T) {
	t.Helper()
	there := world.Deliveries(t, s.suite, world.Campaign)
	for _, d := range there {
		acknowledged, ok := s.acknowledged.LoadAndDelete(d.GetName())
		if !ok {
			t.Errorf("%s exists, and no call returned it", d.GetName())
			continue
		}
		if diff := cmp.Diff(acknowledged, any(d), protocmp.Transform()); diff != "" {
			t.Errorf("%s is not as it was acknowledged (-acknowledged +there):\n%s", d.GetName(), diff)
		}
	}
	s.acknowledged.Range(func(name, _ any) bool {
		t.Errorf("%v was acknowledged and is lost", name)
		return true
	})
}

// other returns the name of the other replica: org-2 for org-1.
func other(name string) string {
	part, number, _ := strings.Cut(name, "-")
	return part + "-" + map[string]string{"1": "2", "2": "1"}[number]
}
