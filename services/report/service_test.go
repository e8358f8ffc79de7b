package report

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/cache"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/servertest"
)

const campaignName = "campaigns/five-actions-2019"

// stage is a report service with its own database and the three services that it follows.
type stage struct {
	orgs, villages, actions *peer
	journals                map[string]journalv1.JournalServiceClient
	db                      *database.DB
	shared                  cache.Shared

	seconds atomic.Int64 // of the clock, since 1970

	bulletins  reportv1.BulletinServiceClient
	figures    reportv1.FigureServiceClient
	statements reportv1.StatementServiceClient
}

func newStage(t *testing.T, db *database.DB) *stage {
	t.Helper()
	return newStageWith(t, db, nil)
}

func newStageWith(t *testing.T, db *database.DB, shared cache.Shared) *stage {
	t.Helper()
	s := &stage{db: db, shared: shared, orgs: newPeer(t, "org"), villages: newPeer(t, "village"), actions: newPeer(t, "action")}
	s.journals = map[string]journalv1.JournalServiceClient{
		"org": s.orgs.client, "village": s.villages.client, "action": s.actions.client,
	}
	s.turn(2019, 12, 31)
	conn := s.replica(t)
	s.bulletins, s.statements = reportv1.NewBulletinServiceClient(conn), reportv1.NewStatementServiceClient(conn)
	s.figures = reportv1.NewFigureServiceClient(conn)
	return s
}

// turn sets the clock to noon of a day, UTC.
func (s *stage) turn(year, month, of int) {
	s.seconds.Store(time.Date(year, time.Month(month), of, 12, 0, 0, 0, time.UTC).Unix())
}

// replica starts another process of the service on the same database.
func (s *stage) replica(t *testing.T) grpc.ClientConnInterface {
	t.Helper()
	d := servertest.Deps(t, "report", s.db)
	d.Clock = func() time.Time { return time.Unix(s.seconds.Load(), 0) }
	return servertest.Start(t, servertest.Open(t, Service(), d, Peers{Journals: s.journals, Shared: s.shared}).Register)
}

func campaign() *actionv1.Campaign {
	i := func(id, group, unit string, k actionv1.Indicator_Kind, f *actionv1.Formula) *actionv1.Indicator {
		return &actionv1.Indicator{Id: id, Group: group, DisplayName: id, Unit: unit, Kind: k, Formula: f}
	}
	const deliveries = actionv1.Formula_DELIVERIES
	named := func(of actionv1.Formula_Of) *actionv1.Formula {
		return &actionv1.Formula{Of: of, Source: deliveries, Named: true}
	}
	headline := &actionv1.Formula{Of: actionv1.Formula_SUM_FEN, Source: deliveries}
	organizations := &actionv1.Formula{Of: actionv1.Formula_DISTINCT, Source: deliveries, Dimension: actionv1.Formula_ORGANIZATION}
	provincial := proto.CloneOf(organizations)
	provincial.Filter = "organization.level = PROVINCIAL"
	villages := &actionv1.Formula{Of: actionv1.Formula_DISTINCT, Source: actionv1.Formula_SCOPE_MEMBERS, Dimension: actionv1.Formula_VILLAGE}
	return &actionv1.Campaign{
		Name: campaignName, DisplayName: "五个专项行动", DisplayNameEn: "Five Special Actions", Scope: "scopes/poor",
		StartDate: &date.Date{Year: 2019, Month: 5, Day: 1},
		Actions:   []*actionv1.Action{{Id: "bright", DisplayName: "光明行"}, {Id: "hope", DisplayName: "希望行"}},
		Indicators: []*actionv1.Indicator{
			i("SC01", "scope", "village", actionv1.Indicator_COUNT, villages),
			i("MB02", "scope", "organization", actionv1.Indicator_DISTINCT, organizations),
			i("PV04", "scope", "organization", actionv1.Indicator_DISTINCT, provincial),
			i("TT01", "all", "CNY", actionv1.Indicator_CASH_VALUE, headline),
			i("TT02", "all", "CNY", actionv1.Indicator_GOODS_VALUE, headline),
			i("PV05", "all", "CNY", actionv1.Indicator_MIXED_VALUE, headline),
			i("BR03", "bright", "operation", actionv1.Indicator_COUNT, named(actionv1.Formula_SUM_QUANTITY)),
			i("HP04", "hope", "CNY", actionv1.Indicator_CASH_VALUE, named(actionv1.Formula_SUM_FEN)),
			i("CM01", "commendation", "person", actionv1.Indicator_COUNT, nil),
		},
	}
}

func scope() *villagev1.Scope {
	from := &date.Date{Year: 2019, Month: 5, Day: 1}
	return &villagev1.Scope{Name: "scopes/poor", Members: []*villagev1.ScopeMember{
		{Village: "villages/433124001201", ValidFrom: from}, {Village: "villages/433124002201", ValidFrom: from},
		{Village: "villages/430524001201", ValidFrom: from},
	}}
}

func operations(n int, organization, village string, quantity int64) *actionv1.Delivery {
	return &actionv1.Delivery{
		Name: fmt.Sprintf("%s/deliveries/01920000-0000-7000-8000-%012d", campaignName, n), Action: "bright", Indicator: "BR03",
		Organization: "organizations/" + organization, Village: "villages/" + village,
		DeliveryDate: &date.Date{Year: 2019, Month: 8, Day: 20}, Quantity: quantity, State: actionv1.Delivery_RECORDED,
	}
}

func grant(n int, organization, village string, fen int64) *actionv1.Delivery {
	d := operations(n, organization, village, 0)
	d.Action, d.Indicator, d.ValueFen, d.Measure = "hope", "HP04", fen, actionv1.Delivery_CASH
	d.DeliveryDate = &date.Date{Year: 2019, Month: 9, Day: 1}
	return d
}

const (
	orgA, orgB = "51430000MJJ0000129", "52430000MJJ0000201"
	ofACounty  = "51430525MJJ0000398"
	ofTheState = "53100000MJJ0000411"
	luxi       = "433124001201"
	longhui    = "430524001201"
)

func (s *stage) bulletin(t *testing.T, atLeast ...string) *reportv1.Bulletin {
	t.Helper()
	b, err := s.bulletins.GetBulletin(t.Context(), &reportv1.GetBulletinRequest{Name: campaignName + "/bulletin", AtLeast: atLeast})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func figures(b *reportv1.Bulletin) map[string]*reportv1.Figure {
	out := map[string]*reportv1.Figure{}
	for _, f := range b.GetFigures() {
		out[f.GetIndicator()] = f
	}
	return out
}

func admin(ctx context.Context) context.Context {
	return servertest.As(ctx, "admin", servertest.Grant(accessv1.Grant_PROVINCE_ADMIN))
}

func stating(indicator, unit string, value int64) *reportv1.CreateStatementRequest {
	return &reportv1.CreateStatementRequest{Parent: campaignName, Statement: &reportv1.Statement{
		Indicator: indicator, Value: value, Unit: unit, Qualifier: reportv1.Statement_EXACT,
		AsOf: &date.Date{Year: 2019, Month: 12, Day: 20}, Completeness: reportv1.Statement_COMPLETE, Source: "notice",
	}}
}

func wantCode(t *testing.T, err error, code codes.Code, reason string) {
	t.Helper()
	f, ok := fault.From(err)
	if !ok || f.Code() != code || f.Reason() != reason {
		t.Errorf("error = %v, want %v %s", err, code, reason)
	}
}

func TestAFigureFollowsItsDeliveries(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStage(t, db)
		village := s.villages.write(t, scope())
		at := s.actions.write(t, campaign(),
			operations(1, orgA, luxi, 1000), operations(2, orgB, longhui, 459), grant(3, orgA, luxi, 58000000))
		_, err := s.statements.BatchCreateStatements(admin(t.Context()), &reportv1.BatchCreateStatementsRequest{
			Parent: campaignName, Requests: []*reportv1.CreateStatementRequest{stating("BR03", "operation", 1459), stating("CM01", "person", 6)},
		})
		if err != nil {
			t.Fatal(err)
		}
		before := s.bulletin(t, at, village)

		t.Run("and stands beside what was stated", func(t *testing.T) {
			got := figures(before)
			if f := got["BR03"]; f.GetRecorded().GetValue() != 1459 || f.GetConfirmed().GetValue() != 0 || f.GetAgreement() != reportv1.Figure_AGREES ||
				f.GetItemisedShare() != 10000 || f.GetOrganizations() != 2 || f.GetVillages() != 2 {
				t.Errorf("BR03 = %v", f)
			}
			if f := got["CM01"]; f.GetStated().GetValue() != 6 || f.GetRecorded() != nil {
				t.Errorf("CM01 = %v", f)
			}
			if f := got["MB02"]; f.GetRecorded().GetValue() != 2 {
				t.Errorf("MB02 = %v", f)
			}
			if before.GetScopeVillages() != 3 || before.GetVillages() != 2 {
				t.Errorf("reached %d of %d villages, want 2 of 3", before.GetVillages(), before.GetScopeVillages())
			}
		})
		t.Run("and rests on checkpoints that cover it", func(t *testing.T) {
			for _, p := range before.GetAsOf().GetPositions() {
				want := p.GetPosition() > 0
				if got := strings.HasPrefix(p.GetCheckpoint(), "wancun/"+strings.TrimPrefix(p.GetLog(), "logs/")); got != want {
					t.Errorf("%s at %d has the checkpoint %q", p.GetLog(), p.GetPosition(), p.GetCheckpoint())
				}
			}
		})
		t.Run("and an amendment changes exactly the figures that contain it", func(t *testing.T) {
			after := s.bulletin(t, s.actions.write(t, grant(3, orgA, luxi, 60000000)))
			mustDifferIn(t, before, after, "TT01", "PV05", "HP04", "MB02")
		})
		t.Run("and a void takes out what was put in", func(t *testing.T) {
			gone := grant(3, orgA, luxi, 60000000)
			gone.State = actionv1.Delivery_VOID
			f := figures(s.bulletin(t, s.actions.write(t, gone)))
			if got := f["HP04"]; got.GetRecorded().GetValue() != 0 || got.GetOrganizations() != 0 {
				t.Errorf("HP04 = %v, want nothing", got)
			}
		})
	})
}

// mustDifferIn compares all figures of two bulletins.
func mustDifferIn(t *testing.T, before, after *reportv1.Bulletin, want ...string) {
	t.Helper()
	expected := map[string]bool{}
	for _, id := range want {
		expected[id] = true
	}
	b := figures(before)
	for id, f := range figures(after) {
		if differs := !proto.Equal(f, b[id]); differs != expected[id] {
			t.Errorf("%s differs: %v, want %v\n%s", id, differs, expected[id], cmp.Diff(b[id], f, protocmp.Transform()))
		}
	}
}

func TestADrillDownAddsUpToItsFigure(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStage(t, db)
		confirmed := grant(4, orgB, longhui, 700)
		confirmed.State = actionv1.Delivery_CONFIRMED
		at := s.actions.write(t, campaign(), operations(1, orgA, luxi, 1000), operations(2, orgB, longhui, 459),
			grant(3, orgA, luxi, 300), confirmed, grant(5, orgB, luxi, 500))
		b := s.bulletin(t, at)
		for _, f := range b.GetFigures() {
			if f.GetConfirmed() == nil {
				continue
			}
			t.Run(f.GetIndicator(), func(t *testing.T) {
				s.mustAddUp(t, f.GetIndicator(), false, f.GetRecorded())
				s.mustAddUp(t, f.GetIndicator(), true, f.GetConfirmed())
			})
		}
		t.Run("a figure that changed between two pages is told", func(t *testing.T) {
			first, err := s.entries(t, "HP04", false, "")
			if err != nil {
				t.Fatal(err)
			}
			s.bulletin(t, s.actions.write(t, operations(2, orgB, longhui, 460)))
			if _, err := s.entries(t, "HP04", false, first.GetNextPageToken()); err != nil {
				t.Errorf("another figure's change broke this one's pages: %v", err)
			}
			s.bulletin(t, s.actions.write(t, grant(3, orgA, luxi, 301)))
			_, err = s.entries(t, "HP04", false, first.GetNextPageToken())
			wantCode(t, err, codes.Aborted, "FIGURE_CHANGED")
		})
		t.Run("and so is one that a delivery only left", func(t *testing.T) {
			first, err := s.entries(t, "HP04", false, "")
			if err != nil {
				t.Fatal(err)
			}
			s.bulletin(t, s.actions.write(t, operations(5, orgB, luxi, 1))) // not the delivery that HP04 counted last
			_, err = s.entries(t, "HP04", false, first.GetNextPageToken())
			wantCode(t, err, codes.Aborted, "FIGURE_CHANGED")
		})
		t.Run("a figure that is only stated has no entries", func(t *testing.T) {
			r, err := s.entries(t, "CM01", false, "")
			if err != nil || len(r.GetEntries()) != 0 {
				t.Errorf("entries = %v, %v", r, err)
			}
		})
		t.Run("an unknown indicator is NOT_FOUND", func(t *testing.T) {
			_, err := s.entries(t, "XX99", false, "")
			wantCode(t, err, codes.NotFound, "RESOURCE_NOT_FOUND")
		})
	})
}

func (s *stage) entries(t *testing.T, indicator string, confirmed bool, token string) (*reportv1.ListFigureEntriesResponse, error) {
	t.Helper()
	ctx := servertest.As(t.Context(), "auditor", servertest.Grant(accessv1.Grant_AUDITOR))
	return s.bulletins.ListFigureEntries(ctx, &reportv1.ListFigureEntriesRequest{
		Parent: campaignName + "/figures/" + indicator, Confirmed: confirmed, PageSize: 2, PageToken: token,
	})
}

func (s *stage) mustAddUp(t *testing.T, indicator string, confirmed bool, want *reportv1.Amount) {
	t.Helper()
	sum, last, token := &reportv1.Amount{}, int64(0), ""
	for {
		r, err := s.entries(t, indicator, confirmed, token)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range r.GetEntries() {
			if e.GetPosition() <= last {
				t.Errorf("position %d after %d", e.GetPosition(), last)
			}
			last = e.GetPosition()
			sum.Value += e.GetAmount().GetValue()
			sum.CashFen += e.GetAmount().GetCashFen()
			sum.GoodsFen += e.GetAmount().GetGoodsFen()
			sum.ServiceFen += e.GetAmount().GetServiceFen()
			sum.Deliveries += e.GetAmount().GetDeliveries()
		}
		if diff := cmp.Diff(want, r.GetTotal(), protocmp.Transform()); diff != "" {
			t.Errorf("total (-figure +total):\n%s", diff)
		}
		if token = r.GetNextPageToken(); token == "" {
			break
		}
	}
	if diff := cmp.Diff(want, sum, protocmp.Transform()); diff != "" {
		t.Errorf("entries (confirmed: %v) do not add up (-figure +sum):\n%s", confirmed, diff)
	}
}

func TestAScopeIsCountedOnTheLastDayOfItsCampaign(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStage(t, db)
		grown := scope() // one village joins in the autumn
		grown.Members[2].ValidFrom = &date.Date{Year: 2019, Month: 10, Day: 1}
		village := s.villages.write(t, grown)
		for _, c := range []struct {
			story string
			end   *date.Date
			want  int64
		}{
			{"it has no end", nil, 3},
			{"it ended before", &date.Date{Year: 2019, Month: 9, Day: 30}, 2},
			{"it ended with the day", &date.Date{Year: 2019, Month: 10, Day: 1}, 3},
			{"it is going on", &date.Date{Year: 2020, Month: 12, Day: 31}, 3},
		} {
			m := campaign()
			m.EndDate = c.end
			if got := s.bulletin(t, s.actions.write(t, m), village).GetScopeVillages(); got != c.want {
				t.Errorf("%s: %d villages, want %d", c.story, got, c.want)
			}
		}
	})
}

func TestStatementsAreAboutWhatCampaignsMeasure(t *testing.T) {
	s := newStage(t, servertest.Database(t))
	_, err := s.statements.CreateStatement(admin(t.Context()), stating("BR03", "operation", 1459))
	wantCode(t, err, codes.NotFound, "RESOURCE_NOT_FOUND")
	s.actions.write(t, campaign()) // the next call does not wait until report has read it
	made, err := s.statements.CreateStatement(admin(t.Context()), stating("BR03", "operation", 1459))
	if err != nil {
		t.Fatal(err)
	}
	if want := campaignName + "/statements/br03-2019-12-20"; made.GetName() != want {
		t.Errorf("name = %q, want %q", made.GetName(), want)
	}
	_, err = s.statements.CreateStatement(admin(t.Context()), stating("BR03", "operation", 1459))
	wantCode(t, err, codes.AlreadyExists, "RESOURCE_EXISTS")
	_, err = s.statements.CreateStatement(admin(t.Context()), stating("HP04", "person", 1))
	wantCode(t, err, codes.InvalidArgument, "UNIT_MISMATCH")
	_, err = s.statements.CreateStatement(admin(t.Context()), stating("XX99", "person", 1))
	wantCode(t, err, codes.FailedPrecondition, "INDICATOR_UNKNOWN")

	t.Run("and the newest counts", func(t *testing.T) {
		older := stating("BR03", "operation", 99)
		older.Statement.AsOf = &date.Date{Year: 2019, Month: 10, Day: 1}
		if _, err := s.statements.CreateStatement(admin(t.Context()), older); err != nil {
			t.Fatal(err)
		}
		if f := figures(s.bulletin(t))["BR03"]; f.GetStated().GetValue() != 1459 {
			t.Errorf("stated = %v, want 1459", f.GetStated())
		}
	})
	t.Run("and a correction shows", func(t *testing.T) {
		made.Value = 1460
		updated, err := s.statements.UpdateStatement(admin(t.Context()), &reportv1.UpdateStatementRequest{Statement: made})
		if err != nil || updated.GetValue() != 1460 {
			t.Fatalf("UpdateStatement = %v, %v", updated, err)
		}
		list, err := s.statements.ListStatements(t.Context(), &reportv1.ListStatementsRequest{
			Parent: campaignName, Filter: `indicator = "BR03"`, OrderBy: "as_of desc",
		})
		if err != nil || len(list.GetStatements()) != 2 || list.GetStatements()[0].GetValue() != 1460 {
			t.Errorf("ListStatements = %v, %v", list, err)
		}
	})
}

func TestTwoReplicasCountEveryDeliveryOnce(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStage(t, db)
		other := reportv1.NewBulletinServiceClient(s.replica(t))
		s.actions.write(t, campaign())
		var at string
		for n := range 60 {
			at = s.actions.write(t, operations(n, orgA, luxi, 1))
		}
		for _, replica := range []reportv1.BulletinServiceClient{s.bulletins, other} {
			b, err := replica.GetBulletin(t.Context(), &reportv1.GetBulletinRequest{Name: campaignName + "/bulletin", AtLeast: []string{at}})
			if err != nil {
				t.Fatal(err)
			}
			if got := figures(b)["BR03"].GetRecorded().GetValue(); got != 60 {
				t.Errorf("BR03 = %d, want 60", got)
			}
		}
	})
}

func TestEveryFormOfABulletinIsServed(t *testing.T) {
	s := newStage(t, servertest.Database(t))
	s.bulletin(t, s.actions.write(t, campaign()))
	for format, contentType := range map[reportv1.RenderBulletinRequest_Format]string{
		reportv1.RenderBulletinRequest_FORMAT_UNSPECIFIED: "text/plain; charset=utf-8", reportv1.RenderBulletinRequest_HTML: "text/html; charset=utf-8", reportv1.RenderBulletinRequest_JSON: "application/json",
	} {
		body, err := s.bulletins.RenderBulletin(t.Context(), &reportv1.RenderBulletinRequest{
			Name: campaignName + "/bulletin", Format: format, Language: reportv1.RenderBulletinRequest_ENGLISH,
		})
		if err != nil {
			t.Fatal(err)
		}
		if body.GetContentType() != contentType || !strings.Contains(string(body.GetData()), "Five Special Actions") {
			t.Errorf("%v: %s\n%s", format, body.GetContentType(), body.GetData())
		}
		if format == reportv1.RenderBulletinRequest_JSON && !json.Valid(body.GetData()) {
			t.Error("the JSON is not valid")
		}
	}
	_, err := s.bulletins.GetBulletin(t.Context(), &reportv1.GetBulletinRequest{Name: "campaigns/unheard-of/bulletin"})
	wantCode(t, err, codes.NotFound, "RESOURCE_NOT_FOUND")
}
