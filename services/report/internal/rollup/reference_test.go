package rollup

import (
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/servertest"
	"github.com/wancun/wancun/services/report/internal/facts"
)

func calendar(y, m, d int32) *date.Date { return &date.Date{Year: y, Month: m, Day: d} }

// scopeSize is the number of villages in a scope, and of the counties and prefectures that contain them.
type scopeSize struct{ Villages, Counties, Prefectures int64 }

func mustCountScope(t *testing.T, db *database.DB, on string, want scopeSize) {
	t.Helper()
	counted, err := day.Parse(on)
	if err != nil {
		t.Fatal(err)
	}
	v, err := New(db, time.Now, testSources()).View(t.Context(), db.Reader(), &actionv1.Campaign{Name: "campaigns/c0", Scope: "scopes/poor"}, counted, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got scopeSize
	for dimension, n := range map[facts.Dimension]*int64{
		facts.Village: &got.Villages, facts.County: &got.Counties, facts.Prefecture: &got.Prefectures,
	} {
		if *n, err = v.distinct(t.Context(), v.selection(facts.Formula{Source: "scope_members"}), dimension); err != nil {
			t.Fatal(err)
		}
	}
	if got != want {
		t.Errorf("the scope on %s = %+v, want %+v", on, got, want)
	}
}

func TestAScopeIsCountedAsOfADay(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStore(t, db)
		h := newHistory(1)
		h.append(t, "scopes/poor", 1, &villagev1.Scope{Members: []*villagev1.ScopeMember{
			{Village: "villages/433124001201", ValidFrom: calendar(2019, 5, 1), ValidTo: calendar(2019, 9, 1)},
			{Village: "villages/433124001202", ValidFrom: calendar(2019, 5, 1)},
			{Village: "villages/430524001201", ValidFrom: calendar(2019, 8, 20)},
		}})
		if err := s.Apply(t.Context(), Village, h.entries, nil); err != nil {
			t.Fatal(err)
		}
		mustCountScope(t, db, "2019-04-30", scopeSize{})
		mustCountScope(t, db, "2019-05-01", scopeSize{Villages: 2, Counties: 1, Prefectures: 1})
		mustCountScope(t, db, "2019-08-31", scopeSize{Villages: 3, Counties: 2, Prefectures: 2})
		mustCountScope(t, db, "2019-09-01", scopeSize{Villages: 2, Counties: 2, Prefectures: 2})
		mustCountScope(t, db, "2199-12-31", scopeSize{Villages: 2, Counties: 2, Prefectures: 2}) // a membership without an end continues
	})
}

// inTurn applies messages as revisions of one resource, each in a separate batch, and then the first one again.
func inTurn(t *testing.T, s *Store, log, name string, first, second, third proto.Message, look func(revision int)) {
	t.Helper()
	h := newHistory(1)
	for i, m := range []proto.Message{first, second, third, first} {
		h.append(t, name, int64(i%3+1), m)
		if err := s.Apply(t.Context(), log, h.entries, nil); err != nil {
			t.Fatal(err)
		}
		look(min(i+1, 3)) // the newest revision applied so far
	}
}

func TestAScopeHoldsTheMembersOfItsNewestRevisionAlone(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		of := func(codes ...int64) *villagev1.Scope {
			scope := &villagev1.Scope{}
			for _, c := range codes {
				scope.Members = append(scope.Members, &villagev1.ScopeMember{Village: villageName(c), ValidFrom: calendar(2019, 5, 1)})
			}
			return scope
		}
		first, second, third := of(433124001201), of(433124001201, 433124001202, 433124002201), of(433124001202, 430524001201)
		inTurn(t, newStore(t, db), Village, "scopes/poor", first, second, third, func(revision int) {
			mustCountScope(t, db, "2019-06-01", map[int]scopeSize{
				1: {Villages: 1, Counties: 1, Prefectures: 1}, 2: {Villages: 3, Counties: 1, Prefectures: 1}, 3: {Villages: 2, Counties: 2, Prefectures: 2},
			}[revision])
		})
	})
}

func TestACampaignIsAsItsNewestRevisionSays(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		called := func(name string) *actionv1.Campaign { return &actionv1.Campaign{DisplayName: name} }
		inTurn(t, newStore(t, db), Action, "campaigns/c0", called("draft"), called("announced"), called("renamed"), func(revision int) {
			want := map[int]string{1: "draft", 2: "announced", 3: "renamed"}[revision]
			if got, err := Campaign(t.Context(), db.Reader(), "campaigns/c0", nil); err != nil || got.GetDisplayName() != want {
				t.Errorf("Campaign = %v, %v, want %s", got, err, want)
			}
		})
	})
}

func TestACountyIsNamedAsItsNewestRevisionSays(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		called := func(zh, en string) *villagev1.Division {
			return &villagev1.Division{Code: "430524000000", DisplayName: zh, DisplayNameEn: en}
		}
		first, second, third := called("隆回", "Long-hui"), called("隆回县", "Longhui"), called("隆回县", "Longhui County")
		inTurn(t, newStore(t, db), Village, "divisions/430524000000", first, second, third, func(revision int) {
			want := map[int]Names{1: {"隆回", "Long-hui"}, 2: {"隆回县", "Longhui"}, 3: {"隆回县", "Longhui County"}}[revision]
			if got, err := Divisions(t.Context(), db.Reader()); err != nil || got[430524] != want {
				t.Errorf("Divisions = %v, %v, want %v", got, err, want)
			}
		})
	})
}
