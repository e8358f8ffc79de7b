package database_test

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"testing"

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

func TestReadersOfSQLiteCannotWrite(t *testing.T) {
	db := migrated(t, sqliteURL(t))
	apply(t, db, need("a"))
	if _, err := database.All[string](t.Context(), db.Reader(), "DELETE FROM needs RETURNING name"); err == nil {
		t.Error("the reader deleted a row")
	}
}
