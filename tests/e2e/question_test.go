package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// questionable returns requests that are valid but not plausible, for each kind that asks questions.
func questionable() map[string]struct {
	method, path string
	request      proto.Message
	body         proto.Message
	asks         []string
} {
	type q = struct {
		method, path string
		request      proto.Message
		body         proto.Message
		asks         []string
	}
	rich := world.Cash(world.Village, 1_000_000_000_000_000) // ten trillion yuan
	rich.Beneficiaries = 100_000_000
	need := &villagev1.Need{Category: "cataract_patients", Quantity: 1_000_000, Unit: "person", SurveyDate: world.Day(6, 1)}
	stated := &reportv1.Statement{
		Indicator: "TT01", Value: 1_000_000_000_000_000, Qualifier: reportv1.Statement_EXACT, Unit: "CNY", AsOf: world.Day(12, 20),
		Completeness: reportv1.Statement_COMPLETE, Source: "示例",
	}
	return map[string]q{
		"a delivery": {
			"/wancun.action.v1.DeliveryService/CreateDelivery", "/v1/" + world.Campaign + "/deliveries",
			&actionv1.CreateDeliveryRequest{Parent: world.Campaign, Delivery: rich}, rich,
			[]string{"IMPLAUSIBLE_BENEFICIARIES", "IMPLAUSIBLE_VALUE_FEN"},
		},
		"a need": {
			"/wancun.village.v1.NeedService/CreateNeed", "/v1/villages/" + world.Village + "/needs",
			&villagev1.CreateNeedRequest{Parent: "villages/" + world.Village, Need: need}, need, []string{"IMPLAUSIBLE_QUANTITY"},
		},
		"a statement": {
			"/wancun.report.v1.StatementService/CreateStatement", "/v1/" + world.Campaign + "/statements",
			&reportv1.CreateStatementRequest{Parent: world.Campaign, Statement: stated}, stated, []string{"IMPLAUSIBLE_VALUE"},
		},
	}
}

func TestWhatIsNotPlausibleIsAskedBeforeItIsWritten(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	world.Bulletin(t, s, world.Campaign) // waits until report knows the campaign
	for name, q := range questionable() {
		t.Run(name, func(t *testing.T) {
			d := desk{t, s, s.Token(t, "office", world.Admin())}
			asked := d.send(http.MethodPost, q.path, q.body).Problem(t)
			if asked.Status != http.StatusBadRequest || asked.Reason != fault.ReasonQuestions || len(asked.Errors) != len(q.asks) {
				t.Errorf("REST asks %+v", asked)
			}
			if diff := cmp.Diff(q.asks, asked.Acknowledge); diff != "" {
				t.Errorf("REST asks to acknowledge (-want +got):\n%s", diff)
			}
			made := q.body.ProtoReflect().New().Interface()
			err := s.Conn.Invoke(s.As(t, "office", world.Admin()), q.method, q.request, made)
			if f, _ := fault.From(err); status.Code(err) != codes.FailedPrecondition || !cmp.Equal(f.Acknowledgeable(), q.asks) {
				t.Errorf("gRPC asks %v", err)
			}
			body, err := protojson.Marshal(q.body)
			if err != nil {
				t.Fatal(err)
			}
			s.Do(t, suite.Request{
				Verb: http.MethodPost, Path: q.path, Body: body, Token: d.token, Query: url.Values{"acknowledge": q.asks},
			}).Into(t, made)
			if diff := cmp.Diff(q.asks, acknowledged(t, s, made)); diff != "" {
				t.Errorf("acknowledged in the journal (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheSameDeliverySentFiveTimesAtOnceIsRecordedOnce(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := suite.Up(t, o)
		world.Build(t, s)
		deliveries, office := actionv1.NewDeliveryServiceClient(s.Conn), s.As(t, "office", world.Admin())
		create := func(acknowledge ...string) error {
			_, err := deliveries.CreateDelivery(office, &actionv1.CreateDeliveryRequest{
				Parent: world.Campaign, Delivery: world.Operations(world.Village, 12), Acknowledge: acknowledge,
			})
			return err
		}
		errs := make([]error, 5)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() { errs[i] = create() })
		}
		all.Wait()
		recorded := world.Deliveries(t, s, world.Campaign)
		if len(recorded) != 1 {
			t.Fatalf("%d deliveries are recorded, want 1", len(recorded))
		}
		asked := 0
		for _, err := range errs {
			f, _ := fault.From(err)
			if err != nil && cmp.Equal(f.Acknowledgeable(), []string{world.Duplicate}) && strings.Contains(err.Error(), recorded[0].GetName()) {
				asked++
			}
		}
		if asked != 4 {
			t.Errorf("%d of five callers were asked about %s, want 4: %v", asked, recorded[0].GetName(), errs)
		}
		if err := create(world.Duplicate); err != nil || len(world.Deliveries(t, s, world.Campaign)) != 2 {
			t.Errorf("another one, acknowledged: %v", err)
		}
		void := func(d *actionv1.Delivery) {
			if _, err := deliveries.VoidDelivery(office, &actionv1.VoidDeliveryRequest{Name: d.GetName(), Reason: "示例"}); err != nil {
				t.Fatal(err)
			}
		}
		void(recorded[0])
		world.Refused(t, "while the other one counts", create(), codes.FailedPrecondition)
		for _, d := range world.Deliveries(t, s, world.Campaign) {
			if d.GetState() != actionv1.Delivery_VOID {
				void(d)
			}
		}
		if err := create(); err != nil {
			t.Errorf("when both are void: %v", err)
		}
	})
}

func TestASheetThatNamesADeliveryTwiceIsAskedByItsLine(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	c := newClerk(t, s)
	row := func(quantity int) string {
		return fmt.Sprintf("bright,BR03,%s,%s,2019-08-20,%d", world.Association, world.Village, quantity)
	}
	path := c.file(t, "deliveries.csv", "action,indicator,organization,village,delivery_date,quantity", row(1), row(2), row(1), row(3))
	world.Record(t, s, "office", "before", world.Operations(world.Village, 3))
	asked := c.load(t, "--campaign", world.CampaignID, path)
	for _, want := range []string{path + ":4: ", path + ":5: ", "question LIKELY_DUPLICATE in lines 4-5: ", "2 problems; nothing of this file was loaded"} {
		if asked.Code == 0 || !strings.Contains(asked.Err, want) {
			t.Errorf("code %d, %q is not said:\n%s", asked.Code, want, asked.Err)
		}
	}
	if r := c.load(t, "--campaign", world.CampaignID, "--acknowledge", world.Duplicate, path); r.Code != 0 || !strings.Contains(r.Out, "4 deliveries: 4 created") {
		t.Errorf("acknowledged: code %d, %q\n%s", r.Code, r.Out, r.Err)
	}
}

// acknowledged returns the questions that the actor of the newest entry of a resource answered, as the entry states
// them.
func acknowledged(t *testing.T, s *suite.Suite, m proto.Message) []string {
	t.Helper()
	name := m.ProtoReflect().Get(m.ProtoReflect().Descriptor().Fields().ByName("name")).String()
	log := map[string]string{"wancun.action.v1": "logs/action", "wancun.village.v1": "logs/village", "wancun.report.v1": "logs/report"}
	of := log[string(m.ProtoReflect().Descriptor().ParentFile().Package())]
	journal, auditor := journalv1.NewJournalServiceClient(s.Conn), s.As(t, "auditor", suite.Everywhere(accessv1.Grant_AUDITOR))
	if _, err := journal.GetCheckpoint(auditor, &journalv1.GetCheckpointRequest{Log: of}); err != nil { // numbers what was written
		t.Fatal(err)
	}
	stream, err := journal.Read(auditor, &journalv1.ReadRequest{Log: of, Resource: name, Decode: true})
	if err != nil {
		t.Fatal(err)
	}
	var newest *journalv1.Record
	for {
		r, err := stream.Recv()
		if err != nil {
			break
		}
		for _, e := range r.GetEntries() {
			newest = e.GetContent()
		}
	}
	if newest.GetActor().GetSubject() != "office" {
		t.Errorf("the newest entry of %s is %v", name, newest)
	}
	return newest.GetAcknowledged()
}

func TestASheetIsLoadedOnceItsQuestionsAreAnswered(t *testing.T) {
	s := suite.Up(t, suite.Options{})
	world.Build(t, s)
	c := newClerk(t, s)
	path := c.file(t, "needs.csv", "village,category,quantity,unit,survey_date",
		world.Village+",cataract_patients,1000000,person,2019-06-01", world.Village+",cataract_patients,12,person,2019-06-01",
		world.Neighbour+",cataract_patients,2000000,person,2019-06-01", world.Neighbour+",cataract_patients,3000000,person,2019-06-01")
	asked := c.load(t, path)
	for _, want := range []string{
		path + ":2: quantity: is 1,000,000", path + ":5: quantity: is 3,000,000",
		"question IMPLAUSIBLE_QUANTITY in lines 2,4-5: if it is right, load the file with --acknowledge IMPLAUSIBLE_QUANTITY\n",
		"3 problems; nothing of this file was loaded",
	} {
		if asked.Code == 0 || !strings.Contains(asked.Err, want) {
			t.Errorf("code %d, %q is not said:\n%s", asked.Code, want, asked.Err)
		}
	}
	if r := c.load(t, "--acknowledge", "NO_SUCH_QUESTION", path); r.Code == 0 || !strings.Contains(r.Err, "--acknowledge: must be one of") {
		t.Errorf("another code: %d\n%s", r.Code, r.Err)
	}
	if r := c.load(t, "--acknowledge", "IMPLAUSIBLE_QUANTITY", path); r.Code != 0 || !strings.Contains(r.Out, "4 needs: 4 created") {
		t.Errorf("acknowledged: code %d, %q\n%s", r.Code, r.Out, r.Err)
	}
}
