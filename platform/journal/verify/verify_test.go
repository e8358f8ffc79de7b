package verify_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/grpc"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/journal/internal/logtest"
	"github.com/wancun/wancun/platform/journal/verify"
)

func TestAnHonestLogPasses(t *testing.T) {
	logtest.OnEngines(t, func(t *testing.T, url string) {
		l, db := logtest.NewLog(t, url)
		c := logtest.Serve(t, l.Server())
		var known []string
		for _, tt := range []struct {
			name                 string
			more                 int
			entries, checkpoints int64
		}{
			{name: "empty", entries: 0, checkpoints: 1},
			{name: "one entry", more: 1, entries: 1, checkpoints: 1},
			{name: "several batches", more: 40, entries: 41, checkpoints: 5},
			{name: "more than one message", more: 500, entries: 541, checkpoints: 55},
		} {
			t.Run(tt.name, func(t *testing.T) {
				logtest.Fill(t, l, db, tt.more, 10)
				result := check(t, c, "")
				if result.Entries != tt.entries || result.Checkpoints != tt.checkpoints || result.Newest.GetSize() != tt.entries {
					t.Errorf("result = %+v, want %d entries and %d checkpoints", result, tt.entries, tt.checkpoints)
				}
				known = append(known, result.Newest.GetNote())
				for _, older := range known {
					check(t, c, older)
				}
			})
		}
	})
}

func TestALogMayGrowWhileItIsChecked(t *testing.T) {
	logtest.OnEngines(t, func(t *testing.T, url string) {
		l, db := logtest.NewLog(t, url)
		c := logtest.Serve(t, l.Server())
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := logtest.Write(t, l, db, journal.Write{Entries: logtest.Entries(fmt.Sprintf("things/%d", n), 7)}); err != nil {
					t.Error(err)
					return
				}
			}
		}()
		var known string
		for range 30 {
			known = check(t, c, known).Newest.GetNote()
		}
		close(stop)
		<-stopped
	})
}

func TestEveryByteOfEveryRecordCounts(t *testing.T) {
	logtest.OnEngines(t, func(t *testing.T, url string) {
		l, db := logtest.NewLog(t, url)
		logtest.Fill(t, l, db, 60, 7)
		c := logtest.Serve(t, l.Server())
		all, _ := logtest.Read(t, c, &journalv1.ReadRequest{})
		changes := 1000
		if db.Engine() == database.Postgres || testing.Short() {
			changes = 100 // the same code reads both
		}
		dice := rand.New(rand.NewPCG(1, 2))
		for range changes {
			e := all[dice.IntN(len(all))]
			record := append([]byte(nil), e.GetRecord()...)
			at := dice.IntN(len(record))
			record[at] ^= byte(1 + dice.IntN(255))

			logtest.Exec(t, db, `UPDATE journal_entries SET record = $1 WHERE position = $2`, record, e.GetPosition())
			found := mismatch(t, c, "")
			name := fmt.Sprintf("things/%d", e.GetPosition())
			if found.Position != e.GetPosition() {
				t.Fatalf("byte %d of entry %d was changed, but verify says: %v", at, e.GetPosition(), found)
			}
			if behindTheName := at >= 2+len(name); behindTheName && found.Resource != name {
				t.Fatalf("byte %d of %s was changed, but verify says: %v", at, name, found)
			}
			logtest.Exec(t, db, `UPDATE journal_entries SET record = $1 WHERE position = $2`, e.GetRecord(), e.GetPosition())
		}
		check(t, c, "")
	})
}

func TestWhatWasChangedIsNamed(t *testing.T) {
	forged := func(size int64, seed byte) string {
		signer, _ := logtest.Keys(t, seed)
		signed, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", logtest.Origin, size, tlog.Hash{})}, signer)
		if err != nil {
			t.Fatal(err)
		}
		return string(signed)
	}
	// The log has 30 entries in batches of 5.
	for _, tt := range []struct {
		name     string
		change   []string
		args     []any // of the first change
		position int64
		reason   string
	}{
		{
			name:     "an entry deleted",
			change:   []string{`DELETE FROM journal_entries WHERE position = 13`},
			position: 13, reason: "is missing",
		},
		{
			name: "an entry deleted and the gap closed",
			change: []string{
				`DELETE FROM journal_entries WHERE position = 13`,
				`UPDATE journal_entries SET position = -position WHERE position > 13`,
				`UPDATE journal_entries SET position = -position - 1 WHERE position < 0`,
			},
			position: 13, reason: "not the one that was signed",
		},
		{
			name:     "the last entry deleted",
			change:   []string{`DELETE FROM journal_entries WHERE position = 30`},
			position: 30, reason: "is missing",
		},
		{
			name:     "the last batches deleted, but not their checkpoints",
			change:   []string{`DELETE FROM journal_entries WHERE position > 20`},
			position: 21, reason: "is missing",
		},
		{
			name: "two entries swapped",
			change: []string{
				`UPDATE journal_entries SET position = 0 WHERE position = 7`,
				`UPDATE journal_entries SET position = 7 WHERE position = 22`,
				`UPDATE journal_entries SET position = 22 WHERE position = 0`,
			},
			position: 7, reason: "not the one that was signed",
		},
		{
			name: "an entry slipped in at the end",
			change: []string{`INSERT INTO journal_entries (position, resource, revision, record)
				SELECT 31, 'things/31', 1, record FROM journal_entries WHERE position = 1`},
			position: 31, reason: "no checkpoint covers it",
		},
		{
			name: "a record changed and its leaf hash with it",
			change: []string{
				`UPDATE journal_entries SET record = $1 WHERE position = 13`,
				// The hashes of the batch are in a row from place 18 on; that of the leaf is at place 22.
				`UPDATE journal_hashes SET hashes = CAST(substr(hashes, 1, 128) || (SELECT substr(h.hashes, 1, 32) FROM journal_hashes h WHERE h.id = 0)
					|| substr(hashes, 161) AS BLOB) WHERE id = 18`,
			},
			args:     []any{[]byte("other")},
			position: 13, reason: "one of the entries 13 to 15",
		},
		{
			name: "a record changed and the hashes of its proof lost",
			change: []string{
				`UPDATE journal_entries SET record = $1 WHERE position = 13`,
				`DELETE FROM journal_hashes WHERE id = 18`,
			},
			args:     []any{[]byte("other")},
			position: 11, reason: "cannot prove",
		},
		{
			name:     "a checkpoint signed with another key",
			change:   []string{`UPDATE journal_checkpoints SET note = $1 WHERE size = 15`},
			args:     []any{forged(15, 2)},
			position: 11, reason: "it is signed with the key wancun/test+",
		},
		{
			name:     "a checkpoint of another root, signed with the stolen key",
			change:   []string{`UPDATE journal_checkpoints SET root = $1 WHERE size = 15`, `UPDATE journal_checkpoints SET note = $1 WHERE size = 15`},
			args:     []any{make([]byte, 32)},
			position: 11, reason: "one of the entries 11 to 15",
		},
		{
			name:     "a checkpoint whose text was edited",
			change:   []string{`UPDATE journal_checkpoints SET note = replace(note, '15', '14') WHERE size = 15`},
			position: 11, reason: "invalid signature",
		},
		{
			name:     "a checkpoint moved to another size",
			change:   []string{`UPDATE journal_checkpoints SET size = 14 WHERE size = 15`},
			position: 11, reason: "do not repeat",
		},
		{
			name:     "the newest checkpoint deleted",
			change:   []string{`DELETE FROM journal_checkpoints WHERE size = 30`},
			position: 26, reason: "no checkpoint covers it",
		},
		{
			name:     "all checkpoints deleted",
			change:   []string{`DELETE FROM journal_checkpoints`},
			position: 1, reason: "no checkpoint is stored",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, db := logtest.NewLog(t, logtest.SQLite(t))
			logtest.Fill(t, l, db, 30, 5)
			c := logtest.Serve(t, l.Server())
			check(t, c, "")
			for i, change := range tt.change {
				var args []any
				switch {
				case i == 0:
					args = tt.args
				case strings.Contains(change, "$1"):
					args = []any{forged(15, 1)}
				}
				logtest.Exec(t, db, change, args...)
			}
			found := mismatch(t, c, "")
			if found.Position != tt.position || !strings.Contains(found.Reason, tt.reason) {
				t.Errorf("verify says: %v, want entry %d and %q", found, tt.position, tt.reason)
			}
		})
	}
}

func TestALogThatWasCutShortWithItsCheckpointsIsCaughtByAnOlderOne(t *testing.T) {
	l, db := logtest.NewLog(t, logtest.SQLite(t))
	logtest.Fill(t, l, db, 30, 5)
	c := logtest.Serve(t, l.Server())
	published := check(t, c, "").Newest.GetNote()

	logtest.Exec(t, db, `DELETE FROM journal_entries WHERE position > 20`)
	logtest.Exec(t, db, `DELETE FROM journal_checkpoints WHERE size > 20`)
	logtest.Exec(t, db, `UPDATE journal_head SET size = 20, root = (SELECT root FROM journal_checkpoints WHERE size = 20)`)

	check(t, c, "") // it passes without a known checkpoint
	if found := mismatch(t, c, published); found.Position != 21 || !strings.Contains(found.Reason, "is missing") {
		t.Errorf("verify says: %v, want that entry 21 is missing", found)
	}
}

func TestARewrittenLogIsCaughtByAnOlderCheckpoint(t *testing.T) {
	honest, db := logtest.NewLog(t, logtest.SQLite(t))
	logtest.Fill(t, honest, db, 30, 5)
	published := check(t, logtest.Serve(t, honest.Server()), "").Newest.GetNote()

	forged, other := logtest.NewLog(t, logtest.SQLite(t))
	logtest.Fill(t, forged, other, 12, 5)
	if err := logtest.Write(t, forged, other, journal.Write{Entries: logtest.Entries("things/invented", 18)}); err != nil {
		t.Fatal(err)
	}
	c := logtest.Serve(t, forged.Server())
	check(t, c, "") // it passes without a known checkpoint
	found := mismatch(t, c, published)
	if !strings.Contains(found.Reason, "one of the entries 1 to 30 is not what was signed") {
		t.Errorf("verify says: %v, want that the 30 entries are not what was signed", found)
	}
}

// twoFaced serves a newest checkpoint that is not among the stored ones.
type twoFaced struct {
	journalv1.JournalServiceClient

	newest *journalv1.Checkpoint
}

func (c *twoFaced) GetCheckpoint(ctx context.Context, r *journalv1.GetCheckpointRequest, opts ...grpc.CallOption) (*journalv1.Checkpoint, error) {
	if r.GetSize() == 0 {
		return c.newest, nil
	}
	return c.JournalServiceClient.GetCheckpoint(ctx, r, opts...)
}

func TestANewestCheckpointOfAnotherHistoryIsCaught(t *testing.T) {
	honest, db := logtest.NewLog(t, logtest.SQLite(t))
	logtest.Fill(t, honest, db, 12, 5)
	other, db := logtest.NewLog(t, logtest.SQLite(t))
	if err := logtest.Write(t, other, db, journal.Write{Entries: logtest.Entries("things/invented", 11)}); err != nil {
		t.Fatal(err)
	}
	invented := check(t, logtest.Serve(t, other.Server()), "").Newest
	c := &twoFaced{JournalServiceClient: logtest.Serve(t, honest.Server()), newest: invented}
	if found := mismatch(t, c, ""); !strings.Contains(found.Reason, "one of the entries 1 to 11 is not what was signed") {
		t.Errorf("verify says: %v, want that the entries are not what the newest checkpoint states", found)
	}
}

func TestAKnownCheckpointOfSomebodyElseIsNoCheckpoint(t *testing.T) {
	l, db := logtest.NewLog(t, logtest.SQLite(t))
	logtest.Fill(t, l, db, 5, 5)
	c := logtest.Serve(t, l.Server())
	stranger, _ := logtest.Keys(t, 2)
	signed, err := note.Sign(&note.Note{Text: logtest.Origin + "\n5\n" + tlog.Hash{}.String() + "\n"}, stranger)
	if err != nil {
		t.Fatal(err)
	}
	_, key := logtest.Keys(t, 1)
	_, err = verify.Log(t.Context(), verify.Config{Client: c, Log: "test", Key: key, Known: []string{string(signed)}})
	var found *verify.Mismatch
	if err == nil || errors.As(err, &found) {
		t.Errorf("verify = %v, want it to refuse the known checkpoint, not the log", err)
	}
}

// A person's data and its salt are stored outside the journal, which has only a digest over both. Erasing them changes
// nothing that was hashed, and leaves a digest that cannot be guessed at.
func TestErasingAPersonsDataLeavesTheTreeWhole(t *testing.T) {
	logtest.OnEngines(t, func(t *testing.T, url string) {
		l, db := logtest.NewLog(t, url)
		logtest.Exec(t, db, `CREATE TABLE people (name TEXT PRIMARY KEY, personal BYTEA, salt BYTEA)`)
		personal, salt := []byte("Zhang San, 138 0000 0000"), []byte("0123456789abcdef")
		digest := sha256.Sum256(append(append([]byte(nil), salt...), personal...))
		statements, err := l.Statements(journal.Write{
			Time: logtest.At(), Entries: []journal.Entry{{Resource: "people/1", Revision: 1, PersonalDigest: digest[:]}},
		})
		if err != nil {
			t.Fatal(err)
		}
		own := db.Insert(database.Into("people", "name", "personal", "salt"), [][]any{{"people/1", personal, salt}})
		if err := db.Apply(t.Context(), append(own, statements...)); err != nil {
			t.Fatal(err)
		}
		l.Wake()
		c := logtest.Serve(t, l.Server())
		published := check(t, c, "").Newest.GetNote()

		logtest.Exec(t, db, `UPDATE people SET personal = NULL, salt = NULL`)
		w := journal.Write{Method: "/wancun.village.v1.PersonService/ErasePerson", Entries: []journal.Entry{{Resource: "people/1", Revision: 2}}}
		if err := logtest.Write(t, l, db, w); err != nil {
			t.Fatal(err)
		}
		if result := check(t, c, published); result.Entries != 2 {
			t.Errorf("%d entries, want the write and the erasure", result.Entries)
		}
		all, _ := logtest.Read(t, c, &journalv1.ReadRequest{})
		for _, e := range all {
			for _, secret := range [][]byte{personal, salt} {
				if strings.Contains(string(e.GetRecord()), string(secret)) {
					t.Errorf("entry %d holds personal data or its salt", e.GetPosition())
				}
			}
		}
	})
}

// check verifies a log that must pass.
func check(t *testing.T, c journalv1.JournalServiceClient, known string) verify.Result {
	t.Helper()
	_, key := logtest.Keys(t, 1)
	result, err := verify.Log(t.Context(), verify.Config{Client: c, Log: "test", Key: key, Known: []string{known}})
	if err != nil {
		t.Fatalf("an honest log does not pass: %v", err)
	}
	return result
}

// mismatch verifies a log that must not pass.
func mismatch(t *testing.T, c journalv1.JournalServiceClient, known string) *verify.Mismatch {
	t.Helper()
	_, key := logtest.Keys(t, 1)
	result, err := verify.Log(t.Context(), verify.Config{Client: c, Log: "test", Key: key, Known: []string{known}})
	var found *verify.Mismatch
	if !errors.As(err, &found) {
		t.Fatalf("verify = %+v, %v, want a *verify.Mismatch", result, err)
	}
	return found
}
