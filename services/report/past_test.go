package report

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/servertest"
)

const (
	december = "2019-12-20T12:00:00Z"
	february = "2020-02-01T12:00:00Z"
)

// answers returns every answer about the figures of a moment ("" for now): the pages of the bulletin, the overview,
// entries and queries.
func (s *stage) answers(t *testing.T, asKnownAt string) map[string]string {
	t.Helper()
	auditor := servertest.As(t.Context(), "auditor", servertest.Grant(accessv1.Grant_AUDITOR))
	out := map[string]string{}
	for name, format := range reportv1.RenderBulletinRequest_Format_value {
		page, err := s.bulletins.RenderBulletin(t.Context(), &reportv1.RenderBulletinRequest{
			Name: campaignName + "/bulletin", Format: reportv1.RenderBulletinRequest_Format(format), AsKnownAt: asKnownAt,
		})
		if err != nil {
			t.Fatal(err)
		}
		out["bulletin as "+name] = string(page.GetData())
	}
	overview, err := s.bulletins.GetOverview(t.Context(), &reportv1.GetOverviewRequest{
		Name: campaignName + "/overview", MinGeneration: s.bulletin(t).GetAsOf().GetGeneration(), AsKnownAt: asKnownAt,
	})
	if err != nil {
		t.Fatal(err)
	}
	out["overview"] = string(overview.GetData())
	for _, indicator := range []string{"BR03", "HP04", "MB02", "PV04"} {
		entries, err := s.bulletins.ListFigureEntries(auditor, &reportv1.ListFigureEntriesRequest{
			Parent: campaignName + "/figures/" + indicator, AsKnownAt: asKnownAt,
		})
		if err != nil {
			t.Fatal(err)
		}
		out["entries of "+indicator] = prototext.Format(entries)
	}
	for _, by := range []string{"county", "indicator", "month", "organization.level"} {
		rows, err := s.figures.QueryFigures(auditor, &reportv1.QueryFiguresRequest{
			Parent: campaignName, GroupBy: []string{by}, Dimension: actionv1.Formula_VILLAGE, AsKnownAt: asKnownAt,
		})
		if err != nil {
			t.Fatal(err)
		}
		out["query by "+by] = prototext.Format(rows)
	}
	return out
}

// correct writes a late correction in every journal: an amendment, a void and a confirmation, another campaign, a
// smaller scope, an organization of another level, a succession and a statement.
func (s *stage) correct(t *testing.T) *reportv1.Bulletin {
	t.Helper()
	gone := operations(1, orgA, luxi, 1000)
	gone.State = actionv1.Delivery_VOID
	confirmed := operations(2, orgB, longhui, 459)
	confirmed.State = actionv1.Delivery_CONFIRMED
	renamed := campaign()
	renamed.DisplayName, renamed.Indicators[1].DisplayName = "更名的活动", "更名的指标"
	smaller := scope()
	smaller.Members = smaller.Members[:1]
	if _, err := s.statements.UpdateStatement(admin(t.Context()), &reportv1.UpdateStatementRequest{Statement: &reportv1.Statement{
		Name: campaignName + "/statements/br03-2019-12-20", Indicator: "BR03", Value: 77, Unit: "operation", Qualifier: reportv1.Statement_EXACT,
		AsOf: &date.Date{Year: 2019, Month: 12, Day: 20}, Completeness: reportv1.Statement_COMPLETE, Source: "correction",
	}}); err != nil {
		t.Fatal(err)
	}
	villages := s.villages.write(t, smaller, became("433124000000", "433184000000", true))
	level := register(t, s)
	return s.bulletin(t, s.actions.write(t, renamed, gone, confirmed, grant(3, orgA, luxi, 301), grant(9, orgB, luxi, 5)), villages, level)
}

// inDecember returns a stage with what was known in December, and the positions of the logs.
func inDecember(t *testing.T, db *database.DB) (s *stage, action string) {
	t.Helper()
	s = newStage(t, db)
	s.turn(2019, 12, 20)
	grows := scope() // one village joins after December
	grows.Members[2].ValidFrom = &date.Date{Year: 2020, Month: 1, Day: 15}
	villages := s.villages.write(t, grows, &villagev1.Division{Name: "divisions/433124000000", Code: "433124000000", DisplayName: "花垣县"})
	organizations := register(t, s)
	// The deliveries come last, so that their positions name a moment at which the other logs are applied.
	s.bulletin(t, s.actions.write(t, campaign()), villages, organizations)
	action = s.actions.write(t, operations(1, orgA, luxi, 1000), operations(2, orgB, longhui, 459), grant(3, orgA, luxi, 300))
	s.bulletin(t, action)
	if _, err := s.statements.CreateStatement(admin(t.Context()), stating("BR03", "operation", 1459)); err != nil {
		t.Fatal(err)
	}
	return s, action
}

func TestWhatWasAnsweredInDecemberIsAnsweredAgainAfterALateCorrection(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s, _ := inDecember(t, db)
		then := s.answers(t, "")
		s.turn(2020, 2, 1)
		s.correct(t)
		now := s.answers(t, "")
		for name, again := range s.answers(t, december) {
			if diff := cmp.Diff(then[name], again); diff != "" {
				t.Errorf("%s (-then +again):\n%s", name, diff)
			}
			if now[name] == then[name] {
				t.Errorf("the correction does not show in %s", name)
			}
		}
		for name, again := range s.answers(t, february) {
			if diff := cmp.Diff(now[name], again); diff != "" {
				t.Errorf("%s as known now (-now +again):\n%s", name, diff)
			}
		}
	})
}

func TestAPositionNamesTheMomentBeforeTheNextEntry(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s, action := inDecember(t, db)
		then := figures(s.bulletin(t))
		s.turn(2020, 2, 1)
		s.correct(t)
		again, err := s.bulletins.GetBulletin(t.Context(), &reportv1.GetBulletinRequest{Name: campaignName + "/bulletin", AsKnownAt: action})
		if err != nil {
			t.Fatal(err)
		}
		for id, f := range figures(again) {
			if !proto.Equal(f.GetRecorded(), then[id].GetRecorded()) || f.GetDisplayName() != then[id].GetDisplayName() {
				t.Errorf("%s at %s is %v, want %v", id, action, f, then[id])
			}
		}
		for position, want := range map[string]int64{"logs/action:2": 1000, "logs/action:3": 1459, "logs/action:5": 1459, "logs/action:6": 459} {
			b, err := s.bulletins.GetBulletin(t.Context(), &reportv1.GetBulletinRequest{Name: campaignName + "/bulletin", AsKnownAt: position})
			if err != nil || figures(b)["BR03"].GetRecorded().GetValue() != want {
				t.Errorf("BR03 at %s is %v, %v, want %d", position, figures(b)["BR03"].GetRecorded(), err, want)
			}
			if at := b.GetAsOf().GetPositions()[0]; fmt.Sprintf("%s:%d", at.GetLog(), at.GetPosition()) != position || at.GetCheckpoint() == "" {
				t.Errorf("as of %v, want %s with a checkpoint", at, position)
			}
		}
	})
}

func TestAMomentThatReportDoesNotKnowIsRefused(t *testing.T) {
	s, _ := inDecember(t, servertest.Database(t))
	for moment, want := range map[string]struct {
		code   codes.Code
		reason string
	}{
		"2020-12-20T12:00:00Z": {codes.InvalidArgument, "TIME_IN_FUTURE"},
		"2019-02-30T12:00:00Z": {codes.InvalidArgument, "TIME_MALFORMED"},
		"yesterday":            {codes.InvalidArgument, "STRING_KNOWN_AT"},
		"logs/action:99":       {codes.OutOfRange, "BEYOND_APPLIED"},
		"logs/report:99":       {codes.OutOfRange, "BEYOND_APPLIED"},
		"logs/elsewhere:1":     {codes.OutOfRange, "BEYOND_APPLIED"},
		"2019-05-01T00:00:00Z": {codes.NotFound, "RESOURCE_NOT_FOUND"},
		"logs/action:0":        {codes.NotFound, "RESOURCE_NOT_FOUND"},
	} {
		_, err := s.bulletins.GetBulletin(t.Context(), &reportv1.GetBulletinRequest{Name: campaignName + "/bulletin", AsKnownAt: moment})
		f, ok := fault.From(err)
		if !ok || f.Code() != want.code || f.Chinese() == "" {
			t.Errorf("as known at %s: %v, want %v", moment, err, want)
			continue
		}
		if v := f.Violations(); f.Reason() != want.reason && (len(v) == 0 || v[0].Reason != want.reason || v[0].Field != "as_known_at") {
			t.Errorf("as known at %s: %v, want %s", moment, err, want.reason)
		}
	}
}
