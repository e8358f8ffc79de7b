package rollup

import (
	"context"
	"maps"
	"testing"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/servertest"
)

// countedAs is where the recount counts a village whose code has changed: as which village, and in which county.
type countedAs struct{ village, county string }

// changeOfCodes is one batch of the village log.
type changeOfCodes struct {
	entries []*journalv1.Entry
	// today is where villages count from then on, written by hand.
	today map[string]countedAs
}

// changesOfCodes returns a rename, a merger of villages, a merger of counties whose villages are not listed, a transfer
// out of a renamed county, and the withdrawal of the first merger.
func changesOfCodes(t *testing.T) []changeOfCodes {
	t.Helper()
	var h history
	today := map[string]countedAs{}
	next := func(revision int64, s *villagev1.Succession, changed map[string]countedAs) changeOfCodes {
		h.append(t, "successions/"+s.GetPredecessor()[len("divisions/"):], revision, s)
		maps.Copy(today, changed)
		return changeOfCodes{h.entries[len(h.entries)-1:], maps.Clone(today)}
	}
	became := func(predecessor, successor string, kept, withdrawn bool) *villagev1.Succession {
		return &villagev1.Succession{
			Predecessor: "divisions/" + predecessor, Successor: "divisions/" + successor, DigitsKept: kept, Withdrawn: withdrawn,
		}
	}
	return []changeOfCodes{
		next(1, became("433124000000", "433184000000", true, false), map[string]countedAs{
			"villages/433124001201": {"villages/433184001201", "433184"},
			"villages/433124001202": {"villages/433184001202", "433184"},
			"villages/433124002201": {"villages/433184002201", "433184"},
		}),
		next(1, became("433122001201", "430524001201", false, false), map[string]countedAs{
			"villages/433122001201": {"villages/430524001201", "430524"},
		}),
		next(1, became("450102000000", "440105000000", false, false), map[string]countedAs{
			"villages/450102003004": {"villages/450102003004", "440105"},
		}),
		next(1, became("433184002000", "430524009000", true, false), map[string]countedAs{
			"villages/433124002201": {"villages/430524009201", "430524"},
		}),
		next(2, became("433122001201", "430524001201", false, true), map[string]countedAs{
			"villages/433122001201": {"villages/433122001201", "433122"},
		}),
	}
}

func TestASuccessionThatIsAppliedBesideDeliveriesMovesThemAll(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStore(t, db)
		entries := newHistory(17).write(t, 200)
		codes := changesOfCodes(t)
		done := make(chan error)
		go func() { done <- applyOneByOne(t.Context(), New(db, s.now, testSources()), Action, entries) }()
		for _, c := range codes {
			if err := s.Apply(t.Context(), Village, c.entries, nil); err != nil {
				t.Error(err)
			}
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		mustMatchFacts(t, s)
		mustMatchRecount(t.Context(), t, db.Reader(), entries, codes[len(codes)-1].today)
	})
}

func applyOneByOne(ctx context.Context, s *Store, log string, entries []*journalv1.Entry) error {
	for i := range entries {
		if err := s.Apply(ctx, log, entries[i:i+1], nil); err != nil {
			return err
		}
	}
	return nil
}

func TestAVillageOfAScopeWhoseCodeChangedCountsOnce(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStore(t, db)
		codes := changesOfCodes(t)
		members := &villagev1.Scope{}
		for _, code := range []int64{433124001201, 433184001201, 433122001201, 430524001201} {
			members.Members = append(members.Members, &villagev1.ScopeMember{Village: villageName(code), ValidFrom: calendar(2019, 5, 1)})
		}
		h := &history{entries: []*journalv1.Entry{codes[0].entries[0], codes[1].entries[0]}}
		h.append(t, "scopes/poor", 1, members)
		for i, want := range []scopeSize{{}, {}, {Villages: 2, Counties: 2, Prefectures: 2}} {
			if err := s.Apply(t.Context(), Village, h.entries[i:i+1], nil); err != nil {
				t.Fatal(err)
			}
			mustCountScope(t, db, "2019-06-01", want)
		}
	})
}

func TestRebuildFollowsTheSuccessions(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStore(t, db)
		entries := newHistory(19).write(t, 100)
		codes := changesOfCodes(t)
		if err := s.Apply(t.Context(), Action, entries, nil); err != nil {
			t.Fatal(err)
		}
		for _, c := range codes {
			if err := s.Apply(t.Context(), Village, c.entries, nil); err != nil {
				t.Fatal(err)
			}
		}
		err := db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE facts SET home = place, village = place")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
		mustMatchRecount(t.Context(), t, db.Reader(), entries, codes[len(codes)-1].today)
	})
}
