package rollup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/day"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/servertest"
	"github.com/wancun/wancun/services/report/internal/facts"
	"github.com/wancun/wancun/services/report/internal/source"
	"github.com/wancun/wancun/services/report/migrations"
)

// testSources returns the sources of report.
func testSources() []facts.Source { return source.All() }

func newStore(tb testing.TB, db *database.DB) *Store {
	tb.Helper()
	if err := db.Migrate(tb.Context(), migrations.Set(), migrations.VersionTable); err != nil {
		tb.Fatal(err)
	}
	s := New(db, func() time.Time { return time.UnixMicro(1577836800000000) }, testSources())
	if err := s.Open(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	if err := s.reshape(tb.Context()); err != nil { // as the first follower does
		tb.Fatal(err)
	}
	return s
}

var errCrash = errors.New("the process dies here")

// crashing applies entries like Apply and then fails, so that the transaction is rolled back.
func crashing(ctx context.Context, s *Store, entries []*journalv1.Entry) error {
	changes, err := s.kinds.decode(entries)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx database.Tx) error {
		fresh, at, err := s.takeCursor(ctx, tx, Action, changes)
		if err != nil {
			return err
		}
		w := s.newWork(tx, at.Build)
		if err := applyAll(ctx, w, fresh, false); err != nil {
			return err
		}
		if err := w.finish(ctx, moveCursor(Action, fresh[len(fresh)-1].position, "")); err != nil {
			return err
		}
		return errCrash
	})
}

func mustMatchFacts(t *testing.T, s *Store) {
	t.Helper()
	for _, d := range departures(t, s) {
		t.Errorf("%s %s: %s", d.Table, d.Resource, d.Reason)
	}
}

// departures returns the rows of the rollups that do not follow from the facts.
func departures(t *testing.T, s *Store) []resource.Difference {
	t.Helper()
	found := Outcome{Rows: map[string]int64{}}
	err := s.db.Snapshot(t.Context(), func(ctx context.Context, q database.Querier) error { return compareDerived(ctx, q, &found) })
	if err != nil {
		t.Fatal(err)
	}
	return found.Differences
}

func TestEveryStoredRowEqualsWhatTheFactsSay(t *testing.T) {
	servertest.Engines(t, everyStoredRow)
}

func everyStoredRow(t *testing.T, db *database.DB) {
	const seed, total = 7, 3000
	t.Logf("seed %d", seed)
	s := newStore(t, db)
	h := newHistory(seed)
	entries := h.write(t, total)
	codes := changesOfCodes(t)
	var today map[string]countedAs
	for done := 0; done < total; {
		if h.r.IntN(3) == 0 && len(codes) > 0 {
			if err := s.Apply(t.Context(), Village, codes[0].entries, nil); err != nil {
				t.Fatal(err)
			}
			today, codes = codes[0].today, codes[1:]
		}
		n := min(1+h.r.IntN(400), total-done)
		begin := max(0, done-h.r.IntN(3)) // some entries are applied twice
		batch := entries[begin : done+n]
		if h.r.IntN(4) == 0 {
			if err := crashing(t.Context(), s, batch); !errors.Is(err, errCrash) {
				t.Fatal(err)
			}
			continue
		}
		if err := s.Apply(t.Context(), Action, batch, nil); err != nil {
			t.Fatal(err)
		}
		done += n
		if h.r.IntN(10) == 0 {
			mustMatchFacts(t, s)
			mustMatchRecount(t.Context(), t, db.Reader(), entries[:done], today)
		}
	}
	if len(codes) > 0 {
		t.Fatalf("%d changes of codes are left; use more entries", len(codes))
	}
	mustMatchFacts(t, s)
	mustMatchDeliveries(t, s, h)
	mustMatchRecount(t.Context(), t, db.Reader(), entries, today)
	t.Run("and a rebuild changes none of them", func(t *testing.T) {
		if err := s.Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
		mustMatchFacts(t, s)
		mustMatchRecount(t.Context(), t, db.Reader(), entries, today)
	})
	t.Run("and the whole journal once more changes none of them", func(t *testing.T) {
		applyAnew(t, s, entries)
		mustMatchFacts(t, s)
		mustMatchRecount(t.Context(), t, db.Reader(), entries, today)
	})
	t.Run("and the check finds one wrong number", func(t *testing.T) {
		tally := facts.Tally{
			Slice: "whole", Class: facts.Class{Source: "deliveries", Parent: "campaigns/c0"}, Stage: facts.Recorded, Dimension: facts.Village,
		}.ID()
		err := db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE reaches SET n = n + 1 WHERE place = 0 AND tally = $1", tally)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if found := departures(t, s); len(found) != 1 || found[0].Table != "reaches" || found[0].Resource != "slice=whole dimension=village source=deliveries parent=campaigns/c0 measure=0 stage=1 place=0" {
			t.Errorf("found %v, want the row", found)
		}
	})
}

// applyAnew resets the cursor to the start of the journal and applies all of it again.
func applyAnew(t *testing.T, s *Store, entries []*journalv1.Entry) {
	t.Helper()
	if err := s.db.Apply(t.Context(), []database.Statement{moveCursor(Action, 0, "")}); err != nil {
		t.Fatal(err)
	}
	for batch := range slices.Chunk(entries, 250) {
		if err := s.Apply(t.Context(), Action, batch, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// mustMatchDeliveries compares the open facts with the final deliveries of the history, and the closed facts with
// earlier revisions.
func mustMatchDeliveries(t *testing.T, s *Store, h *history) {
	t.Helper()
	rows, err := database.All[fact](t.Context(), s.db.Reader(), "SELECT "+factColumns+" FROM facts")
	if err != nil {
		t.Fatal(err)
	}
	holding := map[string]fact{}
	closed := map[string]int64{}
	for _, f := range rows {
		if f.Until == facts.Open {
			holding[f.Name] = f
		} else {
			closed[f.Name]++
		}
	}
	if len(holding) != len(h.deliveries) {
		t.Fatalf("%d facts hold, want %d", len(holding), len(h.deliveries))
	}
	for i, d := range h.deliveries {
		f := holding[d.GetName()]
		got := []any{f.Revision, closed[f.Name], f.Quantity, f.Fen, "organizations/" + f.Organization, villageName(f.Place), day.Day(f.Day).Date().String(), f.Stages == 0}
		want := []any{h.revisions[i], h.revisions[i] - 1, d.GetQuantity(), d.GetValueFen(), d.GetOrganization(), d.GetVillage(), d.GetDeliveryDate().String(), d.GetState() == actionv1.Delivery_VOID}
		if !slices.Equal(got, want) {
			t.Errorf("fact of %s = %v, want %v", d.GetName(), got, want)
		}
	}
}

func villageName(code int64) string { return fmt.Sprintf("villages/%012d", code) }

func TestABatchAfterAGapIsRefusedAndChangesNothing(t *testing.T) {
	s := newStore(t, servertest.Database(t))
	entries := newHistory(3).write(t, 10)
	if err := s.Apply(t.Context(), Action, entries[1:], nil); !errors.Is(err, ErrGap) {
		t.Errorf("Apply = %v, want ErrGap", err)
	}
	if p, err := s.Position(t.Context(), Action); err != nil || p != 0 {
		t.Errorf("Position = %d, %v, want 0", p, err)
	}
}

func TestAnOlderRevisionNeverUndoesANewerOne(t *testing.T) {
	for name, size := range map[string]int{"in a batch after it": 1, "in the same batch": 3} {
		t.Run(name, func(t *testing.T) {
			servertest.Engines(t, func(t *testing.T, db *database.DB) {
				s := newStore(t, db)
				h := newHistory(5)
				d := h.delivery()
				newer := proto.CloneOf(d)
				newer.Quantity = 42
				h.append(t, d.GetName(), 1, d)
				h.append(t, d.GetName(), 2, newer)
				h.append(t, d.GetName(), 1, d)
				for batch := range slices.Chunk(h.entries, size) {
					if err := s.Apply(t.Context(), Action, batch, nil); err != nil {
						t.Fatal(err)
					}
				}
				quantity, err := database.One[int64](t.Context(), db.Reader(), "SELECT quantity FROM facts WHERE name = $1 AND until = $2", d.GetName(), int64(facts.Open))
				if err != nil || quantity != 42 {
					t.Errorf("quantity = %d, %v, want 42", quantity, err)
				}
				mustMatchFacts(t, s)
			})
		})
	}
}

func TestAnEntryOfAnUnknownTypeAdvancesTheCursorAlone(t *testing.T) {
	s := newStore(t, servertest.Database(t))
	h := newHistory(5)
	h.append(t, "drones/1", 1, &date.Date{Year: 2030})
	if err := s.Apply(t.Context(), Action, h.entries, &journalv1.Checkpoint{Note: "signed"}); err != nil {
		t.Fatal(err)
	}
	asOf, err := AsOf(t.Context(), s.db.Reader(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []*reportv1.LogPosition{
		{Log: "logs/action", Position: 1, Checkpoint: "signed"}, {Log: "logs/org"}, {Log: "logs/village"},
	}
	if diff := cmp.Diff(want, asOf.GetPositions(), protocmp.Transform()); diff != "" {
		t.Errorf("positions (-want +got):\n%s", diff)
	}
}

func TestAKnownEntryThatCannotBeReadStopsItsLog(t *testing.T) {
	s := newStore(t, servertest.Database(t))
	h := newHistory(5)
	d := h.delivery()
	d.Village = "villages/nowhere"
	h.append(t, d.GetName(), 1, d)
	if err := s.Apply(t.Context(), Action, h.entries, nil); err == nil {
		t.Error("Apply of a delivery to nowhere succeeded")
	}
}
