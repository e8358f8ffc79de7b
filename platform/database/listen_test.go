package database_test

import (
	"context"
	"testing"

	"github.com/wancun/wancun/platform/database"
)

func notify(tb testing.TB, db *database.DB, channel string) {
	tb.Helper()
	err := db.InTx(tb.Context(), func(ctx context.Context, tx database.Tx) error { return tx.Apply(ctx, db.Notification(channel)) })
	if err != nil {
		tb.Fatalf("notify: %v", err)
	}
}

// alarm listens and returns what is sent to at each wake-up.
func alarm(tb testing.TB, db *database.DB, channel string) <-chan struct{} {
	tb.Helper()
	rings := make(chan struct{}, 1)
	err := db.Listen(tb.Context(), channel, func() {
		select {
		case rings <- struct{}{}:
		default: // one is waiting already
		}
	})
	if err != nil {
		tb.Fatalf("listen: %v", err)
	}
	return rings
}

func TestANotificationWakesListenersInOtherProcesses(t *testing.T) {
	target := postgresURL(t)
	writer, reader := migrated(t, target), open(t, target)
	rings := alarm(t, reader, "news")
	for range 3 {
		notify(t, writer, "news")
		<-rings
	}
}

func TestAListenerThatLostItsConnectionWakesOnceItIsBack(t *testing.T) {
	target := postgresURL(t)
	db := migrated(t, target)
	rings := alarm(t, db, "night shift")
	killed, err := database.All[bool](t.Context(), db.Reader(),
		`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN "night shift%'`)
	if err != nil || len(killed) != 1 {
		t.Fatalf("killed %d listeners, %v", len(killed), err)
	}
	<-rings // something may have been missed
	notify(t, db, "night shift")
	<-rings
}

func TestOnSQLiteThereIsNobodyToNotify(t *testing.T) {
	db := migrated(t, sqliteURL(t))
	select {
	case <-alarm(t, db, "news"):
		t.Error("woken by nobody")
	default:
	}
	notify(t, db, "news")
}
