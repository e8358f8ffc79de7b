package database_test

import (
	"context"
	"testing"

	"github.com/wancun/wancun/platform/database"
)

func notify(tb testing.TB, db *database.DB, channel, say string) {
	tb.Helper()
	err := db.InTx(tb.Context(), func(ctx context.Context, tx database.Tx) error { return tx.Apply(ctx, db.Notification(channel, say)) })
	if err != nil {
		tb.Fatalf("notify: %v", err)
	}
}

// ear listens and returns the notifications that it receives.
func ear(tb testing.TB, db *database.DB, channel string) <-chan string {
	tb.Helper()
	heard := make(chan string, 10)
	err := db.Listen(tb.Context(), channel, func(said string) { heard <- said })
	if err != nil {
		tb.Fatalf("listen: %v", err)
	}
	return heard
}

func TestANotificationIsHeardInOtherProcesses(t *testing.T) {
	target := postgresURL(t)
	writer, reader := migrated(t, target), open(t, target)
	heard := ear(t, reader, "news")
	for _, say := range []string{"one", "two", "three"} {
		notify(t, writer, "news", say)
		if got := <-heard; got != say {
			t.Errorf("heard %q, want %q", got, say)
		}
	}
}

func TestAListenerThatLostItsConnectionSaysSoOnceItIsBack(t *testing.T) {
	target := postgresURL(t)
	db := migrated(t, target)
	heard := ear(t, db, "night shift")
	killed, err := database.All[bool](t.Context(), db.Reader(),
		`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN "night shift%'`)
	if err != nil || len(killed) != 1 {
		t.Fatalf("killed %d listeners, %v", len(killed), err)
	}
	if got := <-heard; got != "" {
		t.Errorf("heard %q, want that something may have been missed", got)
	}
	notify(t, db, "night shift", "news")
	if got := <-heard; got != "news" {
		t.Errorf("heard %q, want news", got)
	}
}

func TestOnSQLiteThereIsNobodyToNotify(t *testing.T) {
	db := migrated(t, sqliteURL(t))
	select {
	case said := <-ear(t, db, "news"):
		t.Errorf("heard %q of nobody", said)
	default:
	}
	notify(t, db, "news", "news")
}
