package rollup

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/servertest"
)

// begin requests a build and takes it, so that a test can do its steps one by one.
func begin(t *testing.T, s *Store) *build {
	t.Helper()
	id, err := s.request(t.Context(), func(int64) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	b, taken, err := s.take(t.Context(), id, func(live int64) bool { return live < id })
	if err != nil || !taken {
		t.Fatalf("take = %v, %v", taken, err)
	}
	return b
}

func mustBeLive(t *testing.T, s *Store, want int64) {
	t.Helper()
	if live, err := liveBuild(t.Context(), s.db.Reader()); err != nil || live != want {
		t.Errorf("live build = %d, %v, want %d", live, err, want)
	}
}

func TestABuildContainsWhatWasAppliedWhileItWasFilled(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStore(t, db)
		entries := newHistory(21).write(t, 3000)
		apply := func(from, to int) {
			t.Helper()
			if err := s.Apply(t.Context(), Action, entries[from:to], nil); err != nil {
				t.Fatal(err)
			}
			mustMatchRecount(t.Context(), t, db.Reader(), entries[:to], nil) // readers read the live one
		}
		apply(0, 1000)
		b := begin(t, s)
		if err := b.fill(t.Context()); err != nil {
			t.Fatal(err)
		}
		apply(1000, 2800)
		if err := b.catchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if b.at[Action] != 2800 {
			t.Errorf("caught up to %d, want 2800", b.at[Action])
		}
		apply(2800, 2900)
		mustBeLive(t, s, b.id-1)
		if err := b.replace(t.Context()); err != nil {
			t.Fatal(err)
		}
		mustBeLive(t, s, b.id)
		mustMatchRecount(t.Context(), t, db.Reader(), entries[:2900], nil)
		apply(2900, 3000)
		mustMatchFacts(t, s)
	})
}

func TestASuccessionDuringABuildBeginsItAgain(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStore(t, db)
		entries := newHistory(22).write(t, 300)
		if err := s.Apply(t.Context(), Action, entries, nil); err != nil {
			t.Fatal(err)
		}
		b := begin(t, s)
		if err := b.fill(t.Context()); err != nil {
			t.Fatal(err)
		}
		var today map[string]countedAs
		for _, c := range changesOfCodes(t) {
			if err := s.Apply(t.Context(), Village, c.entries, nil); err != nil {
				t.Fatal(err)
			}
			today = c.today
		}
		if err := b.replace(t.Context()); !errors.Is(err, errMoved) {
			t.Errorf("replace = %v, want errMoved", err)
		}
		if err := b.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		mustBeLive(t, s, b.id)
		mustMatchFacts(t, s)
		mustMatchRecount(t.Context(), t, db.Reader(), entries, today)
	})
}

// The clock is read at the begin of each transaction of a build, so a clock that ends the context interrupts it there.
func TestABuildThatIsInterruptedAtAnyTransactionHarmsNothingAndIsDoneAgain(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStore(t, db)
		entries := newHistory(23).write(t, 800)
		applied := 300
		if err := s.Apply(t.Context(), Action, entries[:applied], nil); err != nil {
			t.Fatal(err)
		}
		interrupted := 0
		for left, done := 1, false; !done; left++ {
			ctx, interrupt := context.WithCancel(t.Context())
			reads := 0
			dying := New(db, func() time.Time {
				if reads++; reads == left {
					interrupt()
				}
				return s.now()
			}, testSources())
			err := dying.Rebuild(ctx)
			done = ctx.Err() == nil
			interrupt()
			if err == nil != done {
				t.Fatalf("Rebuild that was interrupted at transaction %d (%v) = %v", left, !done, err)
			}
			if !done {
				interrupted++
			}
			if err := s.Apply(t.Context(), Action, entries[applied:applied+5], nil); err != nil {
				t.Fatal(err)
			}
			applied += 5
			if left%5 > 0 && !done {
				continue
			}
			mustMatchRecount(t.Context(), t, db.Reader(), entries[:applied], nil)
		}
		if interrupted < 10 {
			t.Errorf("interrupted at %d transactions, want those of each table", interrupted)
		}
		mustMatchFacts(t, s)
	})
}

func TestAProcessThatWasSilentForTooLongHasLostItsBuild(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStore(t, db)
		entries := newHistory(24).write(t, 200)
		if err := s.Apply(t.Context(), Action, entries, nil); err != nil {
			t.Fatal(err)
		}
		silent := begin(t, s)
		if _, taken, err := s.take(t.Context(), silent.id, func(int64) bool { return true }); err != nil || taken {
			t.Fatalf("a build that is being filled was taken: %v, %v", taken, err)
		}
		if err := silent.fill(t.Context()); err != nil {
			t.Fatal(err)
		}
		later := New(db, func() time.Time { return s.now().Add(lease) }, testSources())
		if err := later.Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
		mustBeLive(t, s, silent.id)
		latest := New(db, func() time.Time { return s.now().Add(3 * lease) }, testSources())
		if _, taken, err := latest.take(t.Context(), silent.id, func(int64) bool { return true }); err != nil || taken {
			t.Errorf("the live build was taken: %v, %v", taken, err)
		}
		for name, step := range map[string]func(context.Context) error{"fill": silent.fill, "replace": silent.replace, "write": func(ctx context.Context) error { return silent.write(ctx) }} {
			if err := step(t.Context()); !errors.Is(err, errLost) {
				t.Errorf("%s = %v, want errLost", name, err)
			}
		}
		mustMatchFacts(t, s)
	})
}

func TestARebuildReplacesWrongRowsAndTheirBuildIsRemoved(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStore(t, db)
		entries := newHistory(25).write(t, 500)
		if err := s.Apply(t.Context(), Action, entries, nil); err != nil {
			t.Fatal(err)
		}
		err := db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
			for _, damage := range []string{"UPDATE cells SET fen = fen + 1", "DELETE FROM members WHERE place > 9999", "UPDATE reaches SET n = 0", "DELETE FROM tallies WHERE slice = 'action'"} {
				if _, err := tx.ExecContext(ctx, damage); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(departures(t, s)) == 0 {
			t.Fatal("the damage is not found")
		}
		if err := s.Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
		mustMatchFacts(t, s)
		mustMatchRecount(t.Context(), t, db.Reader(), entries, nil)
		if err := s.maintain(t.Context()); err != nil {
			t.Fatal(err)
		}
		left, err := database.One[int64](t.Context(), db.Reader(), `SELECT (SELECT COUNT(*) FROM builds) + (SELECT COUNT(DISTINCT build) FROM tallies)
			+ (SELECT COUNT(DISTINCT build) FROM cells) + (SELECT COUNT(DISTINCT build) FROM members) + (SELECT COUNT(DISTINCT build) FROM reaches)`)
		if err != nil || left != 5 {
			t.Errorf("%d builds in five tables, %v, want one in each", left, err)
		}
		mustMatchFacts(t, s)
	})
}
