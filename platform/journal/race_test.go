package journal_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/journal/internal/logtest"
	"github.com/wancun/wancun/platform/journal/verify"
	"github.com/wancun/wancun/platform/servertest"
)

// storm is 16 writers on a few resources. Each locks the row of a resource and stages an entry, and on PostgreSQL holds
// its transaction open for a moment. One in ten then rolls back. So commits come in another order than sequence
// numbers, with gaps.
type storm struct {
	db        *database.DB
	log       *journal.Log  // makes the statements
	committed func(n int64) // called after each commit with the number of commits

	mu    sync.Mutex
	count int64
	last  map[string]int64 // the last committed revision of each resource
}

const (
	stormWriters   = 16
	stormWrites    = 50
	stormResources = 24
)

var errGaveUp = errors.New("the writer gave up")

func (s *storm) run(tb testing.TB) {
	tb.Helper()
	logtest.Exec(tb, s.db, `CREATE TABLE things (name TEXT PRIMARY KEY, revision BIGINT NOT NULL)`)
	for i := range stormResources {
		logtest.Exec(tb, s.db, `INSERT INTO things (name, revision) VALUES ($1, 0)`, fmt.Sprintf("things/%d", i))
	}
	s.last = map[string]int64{}
	var writers sync.WaitGroup
	for seed := range uint64(stormWriters) {
		writers.Go(func() {
			dice := rand.New(rand.NewPCG(1, seed))
			for range stormWrites {
				if err := s.write(tb.Context(), dice); err != nil && !errors.Is(err, errGaveUp) {
					tb.Error(err)
				}
			}
		})
	}
	writers.Wait()
}

func (s *storm) write(ctx context.Context, dice *rand.Rand) error {
	name, hold, giveUp := fmt.Sprintf("things/%d", dice.IntN(stormResources)), dice.Float64()*0.006, dice.IntN(10) == 0
	var revision int64
	err := s.db.InTx(ctx, func(ctx context.Context, tx database.Tx) (err error) {
		revision, err = database.One[int64](ctx, tx, `UPDATE things SET revision = revision + 1 WHERE name = $1 RETURNING revision`, name)
		if err != nil {
			return err
		}
		statements, err := s.log.Statements(journal.Write{Time: logtest.At(), Entries: []journal.Entry{{Resource: name, Revision: revision}}})
		if err != nil {
			return err
		}
		for _, statement := range statements {
			if _, err := tx.ExecContext(ctx, statement.SQL, statement.Args...); err != nil {
				return err
			}
		}
		if s.db.Engine() == database.Postgres {
			if _, err := tx.ExecContext(ctx, `SELECT pg_sleep($1)`, hold); err != nil {
				return err
			}
		}
		if giveUp {
			return errGaveUp
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.count++
	s.last[name] = max(s.last[name], revision)
	count := s.count
	s.mu.Unlock()
	s.committed(count)
	return nil
}

// judge counts what is wrong with the order in which a reader saw revisions of resources: committed ones that it never
// saw, and ones that came twice or after a later one.
func (s *storm) judge(seen []*journalv1.Record) (lost, inverted int64) {
	newest := map[string]int64{}
	var good int64
	for _, r := range seen {
		if r.GetRevision() <= newest[r.GetResource()] {
			inverted++
			continue
		}
		newest[r.GetResource()] = r.GetRevision()
		good++
	}
	return s.count - good, inverted
}

func TestNoEntryIsLostOrInvertedWhileTwoProcessesRaceAndDie(t *testing.T) {
	logtest.OnEngines(t, func(t *testing.T, url string) {
		db, other := logtest.Open(t, url), logtest.Open(t, asNumberer(url))
		if db.Engine() == database.SQLite { // only one process may have the file open
			other = db
		}
		numberers := [2]atomic.Pointer[journal.Log]{}
		for i := range numberers {
			numberers[i].Store(logtest.OpenLog(t, other))
		}
		kill := killer(t, url)
		var deaths atomic.Int64
		s := &storm{db: db, log: numberers[0].Load(), committed: func(n int64) {
			numberers[n%2].Load().Wake()
			if n%25 != 0 {
				return
			}
			// One is stopped at any point of its work and started again; and connections are cut.
			numberers[n/25%2].Store(restart(t, numberers[n/25%2].Load(), other))
			deaths.Add(1 + kill())
		}}
		s.run(t)

		l := logtest.OpenLog(t, db)
		if err := l.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		c := logtest.Serve(t, l.Server())
		all, _ := logtest.Read(t, c, &journalv1.ReadRequest{Decode: true})
		var seen []*journalv1.Record
		for i, e := range all {
			if e.GetPosition() != int64(i)+1 {
				t.Fatalf("position %d follows %d", e.GetPosition(), i)
			}
			seen = append(seen, e.GetContent())
		}
		if lost, inverted := s.judge(seen); lost != 0 || inverted != 0 || int64(len(seen)) != s.count {
			t.Errorf("%d committed, %d numbered: %d lost, %d inverted or twice", s.count, len(seen), lost, inverted)
		}
		_, key := logtest.Keys(t, 1)
		result, err := verify.Log(t.Context(), verify.Config{Client: c, Log: "test", Key: key})
		if err != nil || result.Entries != s.count {
			t.Errorf("verify.Log = %+v, %v, want %d entries", result, err, s.count)
		}
		t.Logf("%d entries in %d batches, %d deaths", s.count, result.Checkpoints, deaths.Load())
	})
}

// The same storm must catch a reader that is wrong: one that follows the sequence in which entries are staged loses
// those that commit after it has seen a higher number.
func TestTheStormCatchesAReaderThatFollowsTheSequence(t *testing.T) {
	url := servertest.Postgres(t)
	l, db := logtest.NewLog(t, url)
	if err := l.Close(); err != nil { // nothing is numbered, so staging is an ordinary table with an ordinary sequence
		t.Fatal(err)
	}
	done := make(chan struct{})
	s := &storm{db: db, log: l, committed: func(int64) {}}
	go func() {
		defer close(done)
		s.run(t)
	}()

	var seen []*journalv1.Record
	type row struct {
		Seq    int64  `db:"seq"`
		Record []byte `db:"record"`
	}
	var cursor int64
	for running := true; running; {
		select {
		case <-done:
			running = false // but read once more
		default:
		}
		rows, err := database.All[row](t.Context(), db.Reader(),
			`SELECT seq, record FROM journal_staging WHERE seq > $1 ORDER BY seq`, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			record := new(journalv1.Record)
			if err := proto.Unmarshal(r.Record, record); err != nil {
				t.Fatal(err)
			}
			seen, cursor = append(seen, record), r.Seq
		}
	}
	lost, _ := s.judge(seen)
	if lost == 0 {
		t.Error("the reader lost nothing: this storm proves nothing")
	}
	t.Logf("lost %d of %d", lost, s.count)
}

func TestAnotherProcessTakesOverFromOneThatDiesMidway(t *testing.T) {
	url := servertest.Postgres(t)
	db, dying := logtest.Open(t, url), logtest.Open(t, asNumberer(url))
	first := logtest.OpenLog(t, dying)
	pg := connect(t, url)

	// The first is blocked after it has inserted entries and before it stores the checkpoint.
	block, err := pg.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := block.ExecContext(t.Context(), `LOCK TABLE journal_checkpoints IN SHARE MODE`); err != nil {
		t.Fatal(err)
	}
	if err := logtest.Write(t, first, dying, journal.Write{Entries: logtest.Entries("things/1", 10)}); err != nil {
		t.Fatal(err)
	}
	for cut := int64(0); cut == 0; { // as soon as it waits there
		cut = terminate(t, pg, `wait_event_type = 'Lock' AND query LIKE '%INSERT INTO journal_checkpoints%'`)
	}
	if err := block.Rollback(); err != nil {
		t.Fatal(err)
	}

	second := logtest.OpenLog(t, db)
	if err := second.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, key := logtest.Keys(t, 1)
	result, err := verify.Log(t.Context(), verify.Config{Client: logtest.Serve(t, second.Server()), Log: "test", Key: key})
	if err != nil || result.Entries != 10 {
		t.Errorf("verify.Log = %+v, %v, want 10 entries", result, err)
	}
}

func TestAFollowerOfOneProcessSeesWhatAnotherNumbers(t *testing.T) {
	url := servertest.Postgres(t)
	writing, db := logtest.NewLog(t, url)
	following := logtest.OpenLog(t, logtest.Open(t, url))
	stream, err := logtest.Serve(t, following.Server()).Read(t.Context(), &journalv1.ReadRequest{Log: "logs/test", Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	for i := range int64(10) {
		if err := logtest.Write(t, writing, db, journal.Write{Entries: logtest.Entries(fmt.Sprintf("things/%d", i), 1)}); err != nil {
			t.Fatal(err)
		}
		m, err := stream.Recv()
		if err != nil || len(m.GetEntries()) != 1 || m.GetEntries()[0].GetPosition() != i+1 {
			t.Fatalf("Recv = %v, %v, want entry %d", m, err, i+1)
		}
	}
}

// asNumberer returns the URL of the same database for connections that a test can distinguish from the writers'.
func asNumberer(url string) string {
	if strings.HasPrefix(url, "sqlite") {
		return url
	}
	return url + "&application_name=numberer"
}

// restart closes a log at any point of its work and opens it again, however often its connection is cut meanwhile.
func restart(t *testing.T, l *journal.Log, db *database.DB) *journal.Log {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	for {
		again, err := journal.Open(t.Context(), logtest.Config(t, db))
		if err == nil {
			t.Cleanup(func() { _ = again.Close() })
			return again
		}
		if f, ok := fault.From(err); !ok || f.Code() != codes.Unavailable {
			t.Error(err)
			return l
		}
	}
}

// killer returns a function that cuts the connections of numberers that are in a transaction, and returns how many it
// cut.
func killer(t *testing.T, url string) func() int64 {
	t.Helper()
	if strings.HasPrefix(url, "sqlite") {
		return func() int64 { return 0 }
	}
	pg := connect(t, url)
	return func() int64 { return terminate(t, pg, `state <> 'idle'`) }
}

// terminate cuts the numberers' connections to pg's schema that meet condition, and returns how many.
func terminate(t *testing.T, pg *sql.DB, condition string) int64 {
	t.Helper()
	var cut int64
	err := pg.QueryRowContext(t.Context(), `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE application_name = 'numberer' AND datname = current_database() AND `+condition).Scan(&cut)
	if err != nil {
		t.Error(err)
	}
	return cut
}

func connect(t *testing.T, url string) *sql.DB {
	t.Helper()
	pg, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pg.Close() })
	return pg
}
