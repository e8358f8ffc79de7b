// Package logtest owns what the tests of the journal and of its verifier share: a log in a real database of either
// engine, and a client that reads it as an auditor.
package logtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/grpc"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/client"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/servertest"
)

// Origin is the origin of every log.
const Origin = "wancun/test"

// At returns the time of the test clock.
func At() time.Time { return time.Date(2019, 8, 22, 1, 2, 3, 4000, time.UTC) }

// OnEngines runs story with the URL of a SQLite file that does not exist yet and, if there is a server, of an empty
// PostgreSQL schema. It is for tests that need more than one [database.DB].
func OnEngines(t *testing.T, story func(t *testing.T, url string)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { story(t, SQLite(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { story(t, servertest.Postgres(t)) })
}

// SQLite returns the URL of a file that does not exist yet.
func SQLite(tb testing.TB) string {
	tb.Helper()
	return "sqlite://" + filepath.ToSlash(filepath.Join(tb.TempDir(), "test.db"))
}

// Open opens a database and migrates it.
func Open(tb testing.TB, url string) *database.DB {
	tb.Helper()
	db, err := database.Open(tb.Context(), database.Config{URL: url})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	if err := journal.Migrate(tb.Context(), db); err != nil {
		tb.Fatal(err)
	}
	return db
}

// Keys returns a key pair, the same for the same seed.
func Keys(tb testing.TB, seed byte) (note.Signer, note.Verifier) {
	tb.Helper()
	skey, vkey, err := journal.GenerateKey(Origin, rand.NewChaCha8([32]byte{seed}))
	if err != nil {
		tb.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		tb.Fatal(err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		tb.Fatal(err)
	}
	return signer, verifier
}

// Config returns the configuration of the only log, `logs/test`, signed with the keys of seed 1.
func Config(tb testing.TB, db *database.DB) journal.Config {
	tb.Helper()
	signer, _ := Keys(tb, 1)
	return journal.Config{
		Log: "test", Origin: Origin, DB: db, Signer: signer, Clock: At, Logger: servertest.Logger(tb),
	}
}

// OpenLog opens the log in db until the test ends.
func OpenLog(tb testing.TB, db *database.DB) *journal.Log {
	tb.Helper()
	l, err := journal.Open(tb.Context(), Config(tb, db))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = l.Close() })
	return l
}

// NewLog opens a log in a database of its own.
func NewLog(tb testing.TB, url string) (*journal.Log, *database.DB) {
	tb.Helper()
	db := Open(tb, url)
	return OpenLog(tb, db), db
}

// Serve serves a journal as production does and returns a client with the role of an auditor.
func Serve(tb testing.TB, s journalv1.JournalServiceServer) journalv1.JournalServiceClient {
	tb.Helper()
	conn := servertest.Start(tb, func(r grpc.ServiceRegistrar) { journalv1.RegisterJournalServiceServer(r, s) })
	auditor := servertest.As(tb.Context(), "auditor", servertest.Grant(accessv1.Grant_AUDITOR))
	return journalv1.NewJournalServiceClient(&withToken{ClientConnInterface: conn, token: access.From(auditor).Token})
}

// withToken makes every call with one token.
type withToken struct {
	grpc.ClientConnInterface

	token string
}

// Invoke adds the token to a unary call.
func (c *withToken) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	return c.ClientConnInterface.Invoke(client.WithToken(ctx, c.token), method, args, reply, opts...)
}

// NewStream adds the token to a stream.
func (c *withToken) NewStream(ctx context.Context, d *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return c.ClientConnInterface.NewStream(client.WithToken(ctx, c.token), d, method, opts...)
}

// Entries returns the revisions 1 to n of one resource.
func Entries(resource string, n int64) []journal.Entry {
	var all []journal.Entry
	for revision := range n {
		all = append(all, journal.Entry{Resource: resource, Revision: revision + 1})
	}
	return all
}

// Write commits w and returns the database's error, if any. A w without a time is written at [At].
func Write(tb testing.TB, l *journal.Log, db *database.DB, w journal.Write) error {
	tb.Helper()
	if w.Time.IsZero() {
		w.Time = At()
	}
	statements, err := l.Statements(w)
	if err != nil {
		tb.Fatal(err)
	}
	if err := db.Apply(tb.Context(), statements); err != nil {
		return err
	}
	l.Wake()
	return nil
}

// Fill adds n entries, named things/1 and so on by their positions, in batches. Each batch is numbered before the next.
func Fill(tb testing.TB, l *journal.Log, db *database.DB, n, batch int) {
	tb.Helper()
	size, err := database.One[int](tb.Context(), db.Reader(), `SELECT size FROM journal_head`)
	if err != nil {
		tb.Fatal(err)
	}
	for first := size; first < size+n; first += batch {
		var w journal.Write
		for i := first; i < min(size+n, first+batch); i++ {
			w.Entries = append(w.Entries, journal.Entry{Resource: fmt.Sprintf("things/%d", i+1), Revision: 1, Reason: "as an example"})
		}
		if err := Write(tb, l, db, w); err != nil {
			tb.Fatal(err)
		}
		if err := l.Sync(tb.Context()); err != nil {
			tb.Fatal(err)
		}
	}
}

// Read returns all entries of a request without follow, and the messages in which they came.
func Read(tb testing.TB, c journalv1.JournalServiceClient, r *journalv1.ReadRequest) ([]*journalv1.Entry, []*journalv1.ReadResponse) {
	tb.Helper()
	r.Log = "logs/test"
	stream, err := c.Read(tb.Context(), r)
	if err != nil {
		tb.Fatal(err)
	}
	var all []*journalv1.Entry
	var messages []*journalv1.ReadResponse
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return all, messages
		}
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, m.GetEntries()...)
		messages = append(messages, m)
	}
}

// Exec changes stored rows without the journal, as anyone with access to the database can.
func Exec(tb testing.TB, db *database.DB, statement string, args ...any) {
	tb.Helper()
	err := db.Apply(tb.Context(), []database.Statement{{SQL: statement, Args: args, Rows: database.AnyRows}})
	if err != nil {
		tb.Fatal(err)
	}
}

// ChangeHash changes the stored hash at a place without the journal, and returns the previous hash.
func ChangeHash(tb testing.TB, db *database.DB, place int64, to tlog.Hash) (before tlog.Hash) {
	tb.Helper()
	type run struct {
		ID     int64  `db:"id"`
		Hashes []byte `db:"hashes"`
	}
	r, err := database.One[run](tb.Context(), db.Reader(), `SELECT id, hashes FROM journal_hashes WHERE id <= $1 ORDER BY id DESC LIMIT 1`, place)
	if err != nil {
		tb.Fatal(err)
	}
	at := r.Hashes[(place-r.ID)*tlog.HashSize:]
	copy(before[:], at)
	copy(at, to[:])
	Exec(tb, db, `UPDATE journal_hashes SET hashes = $1 WHERE id = $2`, r.Hashes, r.ID)
	return before
}
