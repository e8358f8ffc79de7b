package rollup

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/servertest"
)

func TestOnlyOneOfTwoReplicasCountsAnEntry(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		replicas := []*Store{newStore(t, db), newStore(t, db)}
		h := newHistory(11)
		entries := h.write(t, 600)
		var racing sync.WaitGroup
		for _, s := range replicas {
			racing.Go(func() {
				for begin := 0; begin < len(entries); begin += 20 {
					if err := s.Apply(t.Context(), Action, entries[begin:begin+20], nil); err != nil && !errors.Is(err, ErrGap) {
						t.Error(err)
					}
				}
			})
		}
		racing.Wait()
		mustMatchFacts(t, replicas[0])
		mustMatchDeliveries(t, replicas[0], h)
		if a, b := replicas[0].Generation(), replicas[1].Generation(); max(a, b) < 31 {
			t.Errorf("generations %d and %d, want one of them to have seen all 30 batches", a, b)
		}
	})
}

func TestAReplicaLearnsTheGenerationOfEntriesThatAnotherApplied(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		first, second := newStore(t, db), newStore(t, db)
		entries := newHistory(11).write(t, 20)
		for _, s := range []*Store{first, second} {
			if err := s.Apply(t.Context(), Action, entries, nil); err != nil {
				t.Fatal(err)
			}
		}
		if a, b := first.Generation(), second.Generation(); a == 0 || a != b {
			t.Errorf("generations %d and %d, want the same", a, b)
		}
	})
}

func TestEverySnapshotAgreesWithItsCursorWhateverRunsBesideIt(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		entries := newHistory(13).write(t, 120)
		s := newStore(t, db)
		due := make(chan struct{}, 1) // requests for a rebuild
		var applying, beside sync.WaitGroup
		for seed := range uint64(2) {
			replica := newStore(t, db)
			applying.Go(func() { applyOverlapping(t, replica, entries, seed, due) })
		}
		beside.Go(func() {
			for range due {
				if err := s.Rebuild(t.Context()); err != nil && !busy(err) {
					t.Error(err)
				}
			}
		})
		beside.Go(func() {
			for read := 0; read < len(entries) && !t.Failed(); {
				read = readSnapshot(t, db, entries)
			}
		})
		applying.Wait()
		close(due)
		beside.Wait()
		mustMatchFacts(t, s)
	})
}

// applyOverlapping applies a few entries at a time, beginning slightly before the cursor, until all are applied. It
// sometimes requests a rebuild. Most batches contain only changes: only the lock on the cursor prevents two replicas
// from counting those twice.
func applyOverlapping(t *testing.T, s *Store, entries []*journalv1.Entry, seed uint64, due chan<- struct{}) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 2))
	for !t.Failed() {
		p, err := s.Position(t.Context(), Action)
		if err != nil {
			t.Error(err)
			return
		}
		cursor := int(p)
		if cursor == len(entries) {
			return
		}
		if r.IntN(8) == 0 {
			select {
			case due <- struct{}{}:
			default: // a request is pending
			}
		}
		batch := entries[max(0, cursor-r.IntN(3)):min(len(entries), cursor+1+r.IntN(3))]
		if err := s.Apply(t.Context(), Action, batch, nil); err != nil && !busy(err) {
			t.Error(err)
		}
	}
}

// busy reports whether an error says to try again, as a follower does. On PostgreSQL, a wait for a cursor ends after
// 4 s: a rebuild and another replica can hold it longer on a loaded machine.
func busy(err error) bool {
	f, ok := fault.From(err)
	return ok && f.Reason() == database.ReasonBusy
}

// readSnapshot compares a snapshot with a recount of the entries that it contains, and returns their number.
func readSnapshot(t *testing.T, db *database.DB, entries []*journalv1.Entry) (contained int) {
	t.Helper()
	err := db.Snapshot(t.Context(), func(ctx context.Context, q database.Querier) (err error) {
		contained, err = database.One[int](ctx, q, "SELECT position FROM cursors WHERE log = $1", Action)
		if err == nil {
			mustMatchRecount(ctx, t, q, entries[:contained], nil)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return contained
}
