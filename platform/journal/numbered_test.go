package journal_test

import (
	"context"
	"testing"
	"time"

	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/journal/internal/logtest"
	"github.com/wancun/wancun/platform/servertest"
)

func TestTheCallbackOfTheNumberingReceivesEveryEntryAndItsAge(t *testing.T) {
	logtest.OnEngines(t, func(t *testing.T, url string) {
		type received struct {
			position int64
			entries  int
			oldest   time.Duration
		}
		batches := make(chan received, 10)
		c := logtest.Config(t, logtest.Open(t, url))
		c.Clock = func() time.Time { return logtest.At().Add(7 * time.Second) }
		c.Numbered = func(_ context.Context, position int64, entries int, oldest time.Duration) {
			batches <- received{position, entries, oldest}
		}
		l, err := journal.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		logtest.Fill(t, l, c.DB, 6, 3) // in writes of three, dated 7 s before the clock
		if err := l.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		numbered := 0
		for numbered < 6 {
			b := <-batches
			numbered += b.entries
			if want := (received{int64(numbered), b.entries, 7 * time.Second}); b != want {
				t.Errorf("received %+v, want %+v", b, want)
			}
		}
	})
}

func TestOtherProcessesLearnHowFarTheLogReaches(t *testing.T) {
	l, db := logtest.NewLog(t, servertest.Postgres(t))
	notifications := make(chan string, 10)
	if err := db.Listen(t.Context(), "journal_test", func(said string) { notifications <- said }); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"3", "6"} {
		logtest.Fill(t, l, db, 3, 3)
		if said := <-notifications; said != want {
			t.Errorf("received %q, want %s", said, want)
		}
	}
}
