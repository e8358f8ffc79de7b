package report

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/cache"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/servertest"
)

// rubbish is a shared cache that returns invalid data for every key.
type rubbish struct{}

func (rubbish) Get(context.Context, string) ([]byte, bool) { return []byte("{}"), true }

func (rubbish) Set(context.Context, string, []byte) {}

func TestAnOverviewIsReadyJSONAndNeverOlderThanSeen(t *testing.T) {
	t.Run("in one process", func(t *testing.T) { overviewStory(t, nil) })
	t.Run("beside a tier that holds rubbish", func(t *testing.T) { overviewStory(t, rubbish{}) })
}

func overviewStory(t *testing.T, shared cache.Shared) {
	t.Helper()
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStageWith(t, db, shared)
		village := s.villages.write(t,
			&villagev1.Division{Name: "divisions/433124000000", Code: "433124000000", DisplayName: "花垣县"},
			&villagev1.Division{Name: "divisions/433124001000", Code: "433124001000", DisplayName: "一个镇"})
		at := s.actions.write(t, campaign(), operations(1, orgA, luxi, 1000), operations(2, orgB, longhui, 459), grant(3, orgA, luxi, 300))
		before := s.bulletin(t, at, village)

		o, etag := s.overview(t, before.GetAsOf().GetGeneration())
		if want := fmt.Sprintf(`"%d"`, o.GetAsOf().GetGeneration()); etag != want {
			t.Errorf("etag = %s, want %s", etag, want)
		}
		if o.GetTotal().GetRecorded().GetDeliveries() != 3 || o.GetTotal().GetOrganizations() != 2 || o.GetTotal().GetRecorded().GetCashFen() != 300 {
			t.Errorf("total = %v", o.GetTotal())
		}
		if n := len(o.GetActions()); n != 2 || o.GetActions()[1].GetVillages() != 1 {
			t.Errorf("actions = %v", o.GetActions())
		}
		if n := len(o.GetCounties()); n != 2 || o.GetCounties()[1].GetKey() != "divisions/433124000000" || o.GetCounties()[1].GetDisplayName() != "花垣县" {
			t.Errorf("counties = %v", o.GetCounties())
		}
		if n := len(o.GetMonths()); n != 2 || o.GetMonths()[0].GetKey() != "2019-08" {
			t.Errorf("months = %v", o.GetMonths())
		}
		after := s.bulletin(t, s.actions.write(t, grant(4, orgA, luxi, 700)))
		if o, _ = s.overview(t, after.GetAsOf().GetGeneration()); o.GetTotal().GetRecorded().GetCashFen() != 1000 {
			t.Errorf("total = %v, want the delivery that the caller has seen", o.GetTotal())
		}
	})
}

func (s *stage) overview(t *testing.T, atLeast int64) (*reportv1.Overview, string) {
	t.Helper()
	var header metadata.MD
	body, err := s.bulletins.GetOverview(t.Context(), &reportv1.GetOverviewRequest{Name: campaignName + "/overview", MinGeneration: atLeast}, grpc.Header(&header))
	if err != nil {
		t.Fatal(err)
	}
	o := &reportv1.Overview{}
	if err := protojson.Unmarshal(body.GetData(), o); err != nil {
		t.Fatal(err)
	}
	return o, strings.Join(header.Get("etag"), ",")
}

func TestAnOverviewTellsApartWhatItCounts(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStage(t, db)
		sure := grant(3, orgA, luxi, 300)
		sure.State = actionv1.Delivery_CONFIRMED
		// There are three organizations in two villages, with two of the organizations in each village.
		at := s.actions.write(t, campaign(),
			operations(1, orgA, luxi, 1000), operations(2, ofACounty, luxi, 459), sure, grant(4, orgB, longhui, 700), operations(5, orgA, longhui, 1))
		o, _ := s.overview(t, s.bulletin(t, at).GetAsOf().GetGeneration())
		mustCount(t, "in all", o.GetTotal(), counts{deliveries: 5, cash: 1000, sure: 1, sureCash: 300, organizations: 3, villages: 2})
		mustCountEach(t, "actions", o.GetActions(), map[string]counts{
			"bright": {deliveries: 3, organizations: 2, villages: 2},
			"hope":   {deliveries: 2, cash: 1000, sure: 1, sureCash: 300, organizations: 2, villages: 2},
		})
		mustCountEach(t, "counties", o.GetCounties(), map[string]counts{
			"divisions/430524000000": {deliveries: 2, cash: 700, organizations: 2, villages: 1},
			"divisions/433124000000": {deliveries: 3, cash: 300, sure: 1, sureCash: 300, organizations: 2, villages: 1},
		})
		mustCountEach(t, "months", o.GetMonths(), map[string]counts{
			"2019-08": {deliveries: 3}, "2019-09": {deliveries: 2, cash: 1000, sure: 1, sureCash: 300},
		})
	})
}

func TestACountyOrMonthThatAVoidEmptiesShowsNoRow(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStage(t, db)
		s.bulletin(t, s.actions.write(t, campaign(), operations(1, orgA, luxi, 1000), grant(2, orgB, longhui, 700)))
		gone := grant(2, orgB, longhui, 700)
		gone.State = actionv1.Delivery_VOID
		o, _ := s.overview(t, s.bulletin(t, s.actions.write(t, gone)).GetAsOf().GetGeneration())
		mustCountEach(t, "counties", o.GetCounties(), map[string]counts{"divisions/433124000000": {deliveries: 1, organizations: 1, villages: 1}})
		mustCountEach(t, "months", o.GetMonths(), map[string]counts{"2019-08": {deliveries: 1}})
	})
}

// counts are the numbers in a row of an overview: recorded, confirmed, and the different organizations and villages.
type counts struct{ deliveries, cash, sure, sureCash, organizations, villages int64 }

func mustCount(t *testing.T, what string, row *reportv1.OverviewRow, want counts) {
	t.Helper()
	got := &reportv1.OverviewRow{
		Recorded: row.GetRecorded(), Confirmed: row.GetConfirmed(), Organizations: row.GetOrganizations(), Villages: row.GetVillages(),
	}
	wanted := &reportv1.OverviewRow{
		Recorded:      &reportv1.Amount{Deliveries: want.deliveries, CashFen: want.cash},
		Confirmed:     &reportv1.Amount{Deliveries: want.sure, CashFen: want.sureCash},
		Organizations: want.organizations, Villages: want.villages,
	}
	if diff := cmp.Diff(wanted, got, protocmp.Transform()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// mustCountEach fails the test unless there is exactly one row for each key.
func mustCountEach(t *testing.T, what string, rows []*reportv1.OverviewRow, want map[string]counts) {
	t.Helper()
	if len(rows) != len(want) {
		t.Errorf("%s = %v, want %d", what, rows, len(want))
	}
	for _, r := range rows {
		if c, ok := want[r.GetKey()]; ok {
			mustCount(t, r.GetKey(), r, c)
		} else {
			t.Errorf("%s: unexpected row %v", what, r)
		}
	}
}
