package database_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wancun/wancun/platform/database"
)

func TestTheLogOfSQLiteIsFoldedIntoItsFile(t *testing.T) {
	target := sqliteURL(t)
	log := target[len("sqlite://"):] + "-wal"
	db := migrated(t, target)

	const pages, page = 4000, 4096
	for i := range pages {
		s := need(strconv.Itoa(i))
		s.Args[4] = make([]byte, page)
		apply(t, db, s)
	}
	if info, err := os.Stat(log); err != nil || info.Size() > pages*page/2 {
		t.Errorf("after %d pages the log is %v, %v: it only grows", pages, info, err)
	}

	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(log); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the log is still there after Close (%v): a connection was left open", err)
	}
	if got := len(names(t, open(t, target).Reader())); got != pages {
		t.Errorf("%d needs stored, want %d", got, pages)
	}
}

func TestAfterDamageNothingIsWrittenUntilTheFileIsOpenedAgain(t *testing.T) {
	target := sqliteURL(t)
	file := target[len("sqlite://"):]
	before := migrated(t, target)
	apply(t, before, need("old"))
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}

	db := open(t, target)
	if err := os.Truncate(file, 4096); err != nil { // the disk loses all but the first page
		t.Fatal(err)
	}
	wantDamaged(t, db.Apply(t.Context(), []database.Statement{need("a")}))
	if err := os.WriteFile(file, whole, 0o600); err != nil { // and returns them
		t.Fatal(err)
	}
	wantDamaged(t, db.Apply(t.Context(), []database.Statement{need("b")}))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	again := open(t, target)
	apply(t, again, need("c"))
	if got := names(t, again.Reader()); !cmp.Equal(got, []string{"c", "old"}) {
		t.Errorf("needs = %v", got)
	}
}

func TestAClosedDatabaseTakesNoWrites(t *testing.T) {
	db := migrated(t, sqliteURL(t))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	wantUnavailable(t, db.Apply(t.Context(), []database.Statement{need("a")}), database.ReasonUnavailable)
}

func TestOnAFullDiskExactlyWhatIsAcknowledgedIsStored(t *testing.T) {
	db := migrated(t, sqliteURL(t))
	resize(t, db, 100)
	var acknowledged atomic.Int64
	var all sync.WaitGroup
	for w := range 16 {
		all.Go(func() {
			for i := range 20 {
				s := need(fmt.Sprintf("%d-%d", w, i))
				s.Args[4] = make([]byte, 5000)
				if err := db.Apply(t.Context(), []database.Statement{s}); err != nil {
					wantUnavailable(t, err, database.ReasonStorageFull)
					continue
				}
				acknowledged.Add(1)
			}
		})
	}
	all.Wait()
	if got := int64(len(names(t, db.Reader()))); got != acknowledged.Load() || got == 0 || got == 16*20 {
		t.Errorf("%d writes acknowledged and %d stored, want the same number, and some refused", acknowledged.Load(), got)
	}
	resize(t, db, 1000)
	apply(t, db, need("a"))
}

// resize limits the file to a number of pages, as a full disk does.
func resize(t *testing.T, db *database.DB, pages int) {
	t.Helper()
	err := db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error {
		_, err := database.One[int](ctx, tx, fmt.Sprintf("PRAGMA max_page_count = %d", pages))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestReadersOfSQLiteCannotWrite(t *testing.T) {
	db := migrated(t, sqliteURL(t))
	apply(t, db, need("a"))
	if _, err := database.All[string](t.Context(), db.Reader(), "DELETE FROM needs RETURNING name"); err == nil {
		t.Error("the reader deleted a row")
	}
}
