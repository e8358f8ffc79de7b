package journal_test

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/journal/internal/logtest"
	"github.com/wancun/wancun/platform/journal/verify"
	"github.com/wancun/wancun/platform/servertest"
)

// holdHead locks the head of the log in a transaction, over a connection without the limits of a service's connections.
func holdHead(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	for _, statement := range []string{"BEGIN", "SELECT size FROM journal_head FOR UPDATE"} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return conn
}

func TestAHolderOfTheHeadThatSaysNothingMoreIsEnded(t *testing.T) {
	for name, stall := range map[string]func(t *testing.T, conn *pgx.Conn){
		"between two statements": func(*testing.T, *pgx.Conn) {},
		"while rows are on their way": func(t *testing.T, conn *pgx.Conn) {
			t.Helper()
			rows, never := io.Pipe()
			ended := make(chan error, 1)
			go func() {
				_, err := conn.PgConn().CopyFrom(t.Context(), rows, "COPY journal_hashes (id, hashes) FROM STDIN")
				ended <- err
			}()
			t.Cleanup(func() {
				_ = never.Close()
				if err := <-ended; err == nil {
					t.Error("the holder's transaction goes on")
				}
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			url := servertest.Postgres(t)
			l, db := logtest.NewLog(t, url)
			logtest.Fill(t, l, db, 6, 3)
			if err := l.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
			stall(t, holdHead(t, url))
			write(t, l, db, "things/others", 6) // does not wait for the holder
			for tries := 1; ; tries++ {
				err := l.Sync(t.Context())
				if err == nil {
					break
				}
				if tries == 3 {
					t.Fatalf("the head is held for ever: %v", err)
				}
			}
			_, key := logtest.Keys(t, 1)
			result, err := verify.Log(t.Context(), verify.Config{Client: logtest.Serve(t, l.Server()), Log: "test", Key: key})
			if err != nil || result.Entries != 12 {
				t.Errorf("verify.Log = %+v, %v, want 12 entries", result, err)
			}
		})
	}
}

func TestACheckpointIsReadWhileAnotherProcessHoldsTheHead(t *testing.T) {
	url := servertest.Postgres(t)
	l, db := logtest.NewLog(t, url)
	logtest.Fill(t, l, db, 6, 3)
	if err := l.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	holder := holdHead(t, url)
	busy, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { // the server works for the holder, so it does not count as stopped
		defer close(ended)
		_, _ = holder.Exec(busy, "SELECT pg_sleep(60)") // until the end of the test
	}()
	defer func() { stop(); <-ended }()
	write(t, l, db, "things/others", 6)
	c, err := logtest.Serve(t, l.Server()).GetCheckpoint(t.Context(), &journalv1.GetCheckpointRequest{Log: "logs/test"})
	if err != nil || c.GetSize() != 6 {
		t.Errorf("GetCheckpoint = %d, %v, want the one over 6 entries", c.GetSize(), err)
	}
}

func TestTheAgeOfStagedEntriesIsReported(t *testing.T) {
	logtest.OnEngines(t, func(t *testing.T, url string) {
		db := logtest.Open(t, url)
		c := logtest.Config(t, db)
		now := logtest.At()
		c.Clock = func() time.Time { return now.Add(9 * time.Second) }
		l, err := journal.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil { // from here on nothing is numbered
			t.Fatal(err)
		}
		for _, entries := range []int64{1, 40} { // in a row as they are, and packed
			write(t, l, db, fmt.Sprintf("things/%d", entries), entries)
		}
		if got, err := journal.OldestStaged(t.Context(), l); err != nil || got != 9*time.Second {
			t.Errorf("the oldest staged entry is %v old, %v, want 9s", got, err)
		}
		again := logtest.OpenLog(t, db)
		if err := again.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, err := journal.OldestStaged(t.Context(), again); err != nil || got != 0 {
			t.Errorf("with nothing staged the oldest is %v old, %v", got, err)
		}
	})
}

func write(t *testing.T, l *journal.Log, db *database.DB, resource string, entries int64) {
	t.Helper()
	if err := logtest.Write(t, l, db, journal.Write{Entries: logtest.Entries(resource, entries)}); err != nil {
		t.Fatal(err)
	}
}
