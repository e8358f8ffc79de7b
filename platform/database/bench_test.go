package database_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/wancun/wancun/platform/database"
)

const clients = 16

// parallel spreads b.N writes over the clients of a benchmark; write receives a different number each time.
func parallel(b *testing.B, write func(ctx context.Context, n int64) error) {
	b.Helper()
	var n atomic.Int64
	b.SetParallelism(max(1, clients/runtime.GOMAXPROCS(0)))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := write(b.Context(), n.Add(1)); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
}

// write returns the statements of one accepted call: a row, and two more as the journal writes them.
func write(db *database.DB, n int64, inserts int) []database.Statement {
	var statements []database.Statement
	for i := range inserts {
		statements = append(statements, rows(db, fmt.Sprintf("need-%d-%d", n, i))...)
	}
	return statements
}

// BenchmarkApply measures a write of one and of three plain INSERTs at 16 clients, and of one that checks a revision.
func BenchmarkApply(b *testing.B) {
	for _, engine := range everyEngine {
		b.Run(engine.name, func(b *testing.B) {
			for _, rows := range []int{1, 3} {
				b.Run(fmt.Sprintf("inserts=%d", rows), func(b *testing.B) {
					db := migrated(b, engine.url(b))
					parallel(b, func(ctx context.Context, n int64) error { return db.Apply(ctx, write(db, n, rows)) })
				})
			}
			b.Run("demanded", func(b *testing.B) {
				db := migrated(b, engine.url(b))
				parallel(b, func(ctx context.Context, n int64) error {
					w := write(db, n, 3)
					w[0].Rows = 1
					return db.Apply(ctx, w)
				})
			})
		})
	}
}

// BenchmarkBarePgx is the baseline for BenchmarkApply on PostgreSQL: the same INSERTs, pipelined in one transaction
// with pgx alone.
func BenchmarkBarePgx(b *testing.B) {
	for _, rows := range []int{1, 3} {
		b.Run(fmt.Sprintf("inserts=%d", rows), func(b *testing.B) {
			target := postgresURL(b)
			db := migrated(b, target)
			config, err := pgxpool.ParseConfig(target)
			if err != nil {
				b.Fatal(err)
			}
			config.MaxConns = clients
			pool, err := pgxpool.NewWithConfig(b.Context(), config)
			if err != nil {
				b.Fatal(err)
			}
			defer pool.Close()
			parallel(b, func(ctx context.Context, n int64) error {
				batch := &pgx.Batch{}
				for _, s := range write(db, n, rows) {
					batch.Queue(s.SQL, s.Args...)
				}
				return pool.SendBatch(ctx, batch).Close()
			})
		})
	}
}

// BenchmarkInsert measures one Apply of a thousand rows, as a batch create or an import writes them.
func BenchmarkInsert(b *testing.B) {
	const rows = 1000
	columns := []string{"name", "revision", "village", "open", "body"}
	for _, engine := range everyEngine {
		b.Run(engine.name, func(b *testing.B) {
			db := migrated(b, engine.url(b))
			written := 0
			for b.Loop() {
				batch := make([][]any, rows)
				for i := range batch {
					name := fmt.Sprintf("need-%d", written)
					batch[i] = []any{name, int64(1), int64(433124001201), true, []byte(name)}
					written++
				}
				apply(b, db, db.Insert(database.Into("needs", columns...), batch)...)
			}
			b.ReportMetric(float64(written)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
