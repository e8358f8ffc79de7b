package rollup

import (
	"context"
	"errors"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/servertest"
	"github.com/wancun/wancun/services/report/internal/facts"
	"github.com/wancun/wancun/services/report/internal/source"
)

func TestTheShapeIsThatOfTheDeclarations(t *testing.T) {
	recorded := strings.Fields(shapes)
	if now := facts.Fingerprint(source.All()); len(recorded) == 0 || recorded[len(recorded)-1] != now {
		t.Errorf("the declarations have changed: append the line %s to shapes.txt, so that rollups are rebuilt", now)
	}
}

// takenBy changes the rollups as if another version had built them: with its shape and other rows.
func takenBy(t *testing.T, db *database.DB, itsShape int64) {
	t.Helper()
	err := db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE generations SET shape = $1", itsShape); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE cells SET n = 7, fen = 7 WHERE place = 0")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func mustRefuseReads(t *testing.T, db *database.DB) {
	t.Helper()
	_, err := AsOf(t.Context(), db.Reader(), nil)
	if f, ok := fault.From(err); !ok || f.Code() != codes.Unavailable {
		t.Errorf("AsOf of rollups of another shape = %v, want UNAVAILABLE", err)
	}
}

func TestRollupsThatAnOlderReplicaTookAreTakenBackWithoutARestart(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStore(t, db)
		entries := newHistory(9).write(t, 301)
		if err := s.Apply(t.Context(), Action, entries[:300], nil); err != nil {
			t.Fatal(err)
		}
		takenBy(t, db, shape()-1)
		mustRefuseReads(t, db)
		if err := s.Apply(t.Context(), Action, entries[300:], nil); !errors.Is(err, errOtherShape) {
			t.Errorf("Apply to rollups of an older shape = %v, want a refusal", err)
		}
		// The reader calls Position, as after every refusal.
		if p, err := s.Position(t.Context(), Action); err != nil || p != 300 {
			t.Errorf("Position = %d, %v, want 300", p, err)
		}
		mustMatchFacts(t, s)
		if err := s.Apply(t.Context(), Action, entries[300:], nil); err != nil {
			t.Errorf("Apply = %v", err)
		}
		mustMatchFacts(t, s)
		if _, err := AsOf(t.Context(), db.Reader(), nil); err != nil {
			t.Errorf("AsOf = %v", err)
		}
	})
}

func TestReplicasThatTakeRollupsBackAtOnceBuildThemOnce(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStore(t, db)
		if err := s.Apply(t.Context(), Action, newHistory(9).write(t, 50), nil); err != nil {
			t.Fatal(err)
		}
		takenBy(t, db, shape()-1)
		before := s.Generation()
		for range 3 { // replicas that all found the older shape before they obtained the lock
			replica := New(db, s.now, testSources())
			if err := replica.rebuild(t.Context(), func(stored int64) bool { return stored != shape() }); err != nil {
				t.Fatal(err)
			}
			if got := replica.Generation(); got != before+1 {
				t.Errorf("generation %d after %d, want one rebuild that each knows of", got, before)
			}
		}
		mustMatchFacts(t, s)
	})
}

func TestRollupsOfANewerShapeAreLeftAlone(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStore(t, db)
		entries := newHistory(9).write(t, 20)
		if err := s.Apply(t.Context(), Action, entries[:10], nil); err != nil {
			t.Fatal(err)
		}
		takenBy(t, db, shape()+1)
		if err := s.Apply(t.Context(), Action, entries[10:], nil); !errors.Is(err, errOtherShape) {
			t.Errorf("Apply = %v, want a refusal", err)
		}
		if _, err := s.Position(t.Context(), Action); !errors.Is(err, errNewerShape) {
			t.Errorf("Position = %v, want a refusal", err)
		}
		if err := s.Rebuild(t.Context()); !errors.Is(err, errNewerShape) {
			t.Errorf("Rebuild = %v, want a refusal", err)
		}
		if err := New(db, s.now, testSources()).Open(t.Context()); !errors.Is(err, errNewerShape) {
			t.Errorf("Open = %v, want a refusal", err)
		}
		mustRefuseReads(t, db)
		untouched, err := database.One[bool](t.Context(), db.Reader(),
			"SELECT MIN(n) = 7 AND MAX(n) = 7 AND (SELECT shape FROM generations) = $1 FROM cells WHERE place = 0", shape()+1)
		if err != nil || !untouched {
			t.Errorf("the newer version's rows are untouched: %v, %v", untouched, err)
		}
		t.Run("until an operator gives them up, for a rollback", func(t *testing.T) {
			takenBy(t, db, 0)
			mustMatchFacts(t, newStore(t, db))
		})
	})
}
