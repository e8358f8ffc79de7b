package journal_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/journal/internal/logtest"
)

func TestALargeWriteIsNumberedInItsOrderAndReplayedWhole(t *testing.T) {
	logtest.OnEngines(t, func(t *testing.T, url string) {
		l, db := logtest.NewLog(t, url)
		const entries = 3000 // in more rows than one batch takes, and on PostgreSQL by COPY
		w := journal.Write{RequestID: "r-1", Digest: []byte("digest")}
		for n := range entries {
			// Records from a few bytes to more than a row holds, some similar and some not.
			reason := strings.Repeat("x", n%40*n%2500)
			if n%50 == 7 {
				reason = noise(n * 8)
			}
			w.Entries = append(w.Entries, journal.Entry{Resource: fmt.Sprintf("things/%d", n), Revision: 1, Reason: reason})
		}
		stop := make(chan struct{})
		others := make(chan error, 1)
		go func() { // other writes meanwhile
			for n := 0; ; n++ {
				select {
				case <-stop:
					others <- nil
					return
				default:
				}
				statements, err := l.Statements(journal.Write{Time: logtest.At(), RequestID: fmt.Sprintf("o-%d", n), Digest: []byte("o"), Entries: logtest.Entries(fmt.Sprintf("others/%d", n), 2)})
				if err == nil {
					err = db.Apply(context.Background(), statements)
				}
				if err != nil {
					others <- err
					return
				}
			}
		}()
		if err := logtest.Write(t, l, db, w); err != nil {
			t.Fatal(err)
		}
		close(stop)
		if err := <-others; err != nil {
			t.Fatal(err)
		}
		records, found, err := l.Replay(t.Context(), "", "r-1", []byte("digest"))
		if err != nil || !found || len(records) != entries {
			t.Fatalf("Replay = %d records, %v, %v, want %d", len(records), found, err, entries)
		}
		for n, r := range records {
			if r.GetResource() != w.Entries[n].Resource || r.GetReason() != w.Entries[n].Reason {
				t.Fatalf("record %d is of %q", n, r.GetResource())
			}
		}
		staged, err := database.One[int64](t.Context(), db.Reader(), `SELECT count(*) FROM journal_staging`)
		if err != nil || staged != 0 {
			t.Errorf("%d rows are staged still, %v", staged, err)
		}
	})
}

// On SQLite a transaction blocks every other writer.
func TestNoTransactionNumbersALargeWriteWhole(t *testing.T) {
	logtest.OnEngines(t, func(t *testing.T, url string) {
		db := logtest.Open(t, url)
		small := journal.Write{Time: logtest.At(), Entries: logtest.Entries("small", 1)}
		large := journal.Write{Time: logtest.At()}
		const entries = 20_000
		for n := range entries { // which compress well
			large.Entries = append(large.Entries, journal.Entry{Resource: fmt.Sprintf("things/%d", n), Revision: 1, Reason: "as an example"})
		}
		sizes := batches(t, db, small, large)
		total := 0
		for _, n := range sizes {
			total += n
		}
		if total != entries+1 {
			t.Errorf("%d entries are numbered when Sync returns", total)
		}
		if most := slices.Max(sizes); most > entries/4 {
			t.Errorf("one transaction numbers %d entries of %v", most, sizes)
		}
	})
}

// batches opens a log on entries that were written while none ran, and returns how many it numbered at a time.
func batches(t *testing.T, db *database.DB, writes ...journal.Write) []int {
	t.Helper()
	var sizes []int
	c := logtest.Config(t, db)
	c.Numbered = func(_ context.Context, _ int64, entries int, _ time.Duration) { sizes = append(sizes, entries) }
	var all []database.Statement
	for _, w := range writes {
		l := logtest.OpenLog(t, db)
		statements, err := l.Statements(w)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, statements...)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Apply(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	l, err := journal.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.Sync(t.Context()), l.Close()); err != nil {
		t.Fatal(err)
	}
	return sizes
}

// noise returns text that can hardly be compressed.
func noise(length int) string {
	digits := make([]byte, length/2)
	_, _ = rand.NewChaCha8([32]byte{byte(length)}).Read(digits) // never fails
	return hex.EncodeToString(digits)
}
