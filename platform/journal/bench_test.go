package journal_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/anypb"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/journal/internal/logtest"
	"github.com/wancun/wancun/platform/servertest"
)

// BenchmarkNumbering writes the same two rows, a resource's and its staged entry, in turns with and without numbering
// at the same time. Numbered writes count when they are in the log. "ratio" is the share of the speed that remains with
// numbering.
func BenchmarkNumbering(b *testing.B) {
	for _, writers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("SQLite/writers=%d", writers), func(b *testing.B) { benchmarkNumbering(b, logtest.SQLite(b), writers) })
		b.Run(fmt.Sprintf("PostgreSQL/writers=%d", writers), func(b *testing.B) { benchmarkNumbering(b, servertest.Postgres(b), writers) })
	}
}

const writesPerTurn = 2000

func benchmarkNumbering(b *testing.B, url string, writers int) {
	db := logtest.Open(b, url)
	logtest.Exec(b, db, `CREATE TABLE things (name TEXT PRIMARY KEY, body BYTEA NOT NULL)`)
	still := logtest.OpenLog(b, db)
	if err := still.Close(); err != nil {
		b.Fatal(err)
	}
	var plain, numbered time.Duration
	var written atomic.Int64
	for b.Loop() {
		plain += timed(func() { writeAll(b, still, db, writers, &written) })
		// Rows that were only staged must not be numbered later, in the time of the other mode.
		logtest.Exec(b, db, `DELETE FROM journal_staging`)
		l, err := journal.Open(b.Context(), logtest.Config(b, db))
		if err != nil {
			b.Fatal(err)
		}
		numbered += timed(func() {
			writeAll(b, l, db, writers, &written)
			if err := l.Sync(b.Context()); err != nil {
				b.Fatal(err)
			}
		})
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
	}
	turns := float64(b.N * writesPerTurn)
	b.ReportMetric(turns/plain.Seconds(), "plain/s")
	b.ReportMetric(turns/numbered.Seconds(), "numbered/s")
	b.ReportMetric(plain.Seconds()/numbered.Seconds(), "ratio")
}

func timed(work func()) time.Duration {
	start := time.Now()
	work()
	return time.Since(start)
}

// writeAll writes writesPerTurn new things.
func writeAll(b *testing.B, l *journal.Log, db *database.DB, writers int, written *atomic.Int64) {
	b.Helper()
	body := &anypb.Any{TypeUrl: "type.googleapis.com/wancun.action.v1.Delivery", Value: make([]byte, 300)}
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			for range writesPerTurn / writers {
				name := fmt.Sprintf("things/%d", written.Add(1))
				statements := db.Insert(database.Into("things", "name", "body"), [][]any{{name, body.GetValue()}})
				logged, err := l.Statements(journal.Write{Time: logtest.At(), Entries: []journal.Entry{{Resource: name, Revision: 1, Body: body}}})
				if err != nil {
					b.Error(err)
					return
				}
				if err := db.Apply(b.Context(), append(statements, logged...)); err != nil {
					b.Error(err)
					return
				}
				l.Wake()
			}
		})
	}
	group.Wait()
}

// BenchmarkBacklog numbers entries that were staged while no process numbered.
func BenchmarkBacklog(b *testing.B) {
	b.Run("SQLite", func(b *testing.B) { benchmarkBacklog(b, logtest.SQLite(b)) })
	b.Run("PostgreSQL", func(b *testing.B) { benchmarkBacklog(b, servertest.Postgres(b)) })
}

func benchmarkBacklog(b *testing.B, url string) {
	const backlog = 20_000
	still, db := logtest.NewLog(b, url)
	if err := still.Close(); err != nil {
		b.Fatal(err)
	}
	var staged int64
	var spent time.Duration
	for b.Loop() {
		for range backlog / 1000 {
			staged++
			if err := logtest.Write(b, still, db, journal.Write{Entries: logtest.Entries(fmt.Sprintf("things/%d", staged), 1000)}); err != nil {
				b.Fatal(err)
			}
		}
		spent += timed(func() {
			l, err := journal.Open(b.Context(), logtest.Config(b, db))
			if err != nil {
				b.Fatal(err)
			}
			if err := l.Sync(b.Context()); err != nil {
				b.Fatal(err)
			}
			if err := l.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
	b.ReportMetric(float64(b.N*backlog)/spent.Seconds(), "entries/s")
}
