package journal_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/journal/internal/logtest"
	"github.com/wancun/wancun/platform/journal/verify"
)

// atRest returns the database of a log of 41 entries, with two more staged. No process has it open.
func atRest(t *testing.T, url string) *database.DB {
	t.Helper()
	l, db := logtest.NewLog(t, url)
	logtest.Fill(t, l, db, 41, 10)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := logtest.Write(t, l, db, journal.Write{Entries: logtest.Entries("things/staged", 2)}); err != nil {
		t.Fatal(err)
	}
	return db
}

func TestAStoredLogIsCheckedWithThePublicKeyAloneAndLeftAsItIs(t *testing.T) {
	logtest.OnEngines(t, func(t *testing.T, url string) {
		db := atRest(t, url)
		contents := func() [][]string {
			t.Helper()
			var all [][]string
			for _, query := range []string{
				`SELECT CAST(SUM(entries) AS TEXT) FROM journal_staging`, `SELECT resource FROM journal_entries ORDER BY position`,
				`SELECT note FROM journal_checkpoints ORDER BY size`,
			} {
				rows, err := database.All[string](t.Context(), db.Reader(), query)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, rows)
			}
			return all
		}
		before := contents()
		_, key := logtest.Keys(t, 1)
		r, err := verify.Log(t.Context(), verify.Config{Client: logtest.Serve(t, journal.Stored("test", db)), Log: "test", Key: key})
		if err != nil || r.Entries != 41 {
			t.Errorf("the check found %d entries, %v; want the 41 that are numbered", r.Entries, err)
		}
		if diff := cmp.Diff(before, contents()); diff != "" {
			t.Errorf("it changed what it checked (-before +after):\n%s", diff)
		}
		if staged := before[0][0]; staged != "2" {
			t.Errorf("%s entries were staged, want 2", staged)
		}
		logtest.Exec(t, db, `UPDATE journal_entries SET record = $1 WHERE position = 7`, []byte("x"))
		_, err = verify.Log(t.Context(), verify.Config{Client: logtest.Serve(t, journal.Stored("test", db)), Log: "test", Key: key})
		var mismatch *verify.Mismatch
		if !errors.As(err, &mismatch) || mismatch.Position != 7 {
			t.Errorf("after entry 7 was changed: %v", err)
		}
	})
}

func TestAStoredLogAnswersAsTheLogDoes(t *testing.T) {
	l, db := logtest.NewLog(t, logtest.SQLite(t))
	logtest.Fill(t, l, db, 41, 10)
	live, still := logtest.Serve(t, l.Server()), logtest.Serve(t, journal.Stored("test", db))
	ctx := t.Context()
	for name, ask := range map[string]func(journalv1.JournalServiceClient) (any, error){
		"the newest checkpoint": func(c journalv1.JournalServiceClient) (any, error) {
			return c.GetCheckpoint(ctx, &journalv1.GetCheckpointRequest{Log: "logs/test"})
		},
		"an earlier checkpoint": func(c journalv1.JournalServiceClient) (any, error) {
			return c.GetCheckpoint(ctx, &journalv1.GetCheckpointRequest{Log: "logs/test", Size: 12})
		},
		"a proof": func(c journalv1.JournalServiceClient) (any, error) {
			return c.GetInclusionProof(ctx, &journalv1.GetInclusionProofRequest{Log: "logs/test", Position: 3, Size: 40})
		},
		"a part of the log": func(c journalv1.JournalServiceClient) (any, error) {
			_, messages := logtest.Read(t, c, &journalv1.ReadRequest{After: 30, Limit: 5, Decode: true})
			return messages, nil
		},
		"another log": func(c journalv1.JournalServiceClient) (any, error) {
			return c.GetCheckpoint(ctx, &journalv1.GetCheckpointRequest{Log: "logs/other"})
		},
		"beyond the end": func(c journalv1.JournalServiceClient) (any, error) {
			return c.GetCheckpoint(ctx, &journalv1.GetCheckpointRequest{Log: "logs/test", Size: 42})
		},
	} {
		want, wantErr := ask(live)
		got, err := ask(still)
		if status.Code(err) != status.Code(wantErr) {
			t.Errorf("%s: %v, want %v", name, err, wantErr)
		}
		if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
			t.Errorf("%s (-log +stored):\n%s", name, diff)
		}
	}
}

func TestAStoredLogIsNotFollowed(t *testing.T) {
	db := atRest(t, logtest.SQLite(t))
	stream, err := logtest.Serve(t, journal.Stored("test", db)).Read(t.Context(), &journalv1.ReadRequest{Log: "logs/test", Follow: true})
	if err == nil {
		_, err = stream.Recv()
	}
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("Read = %v, want INVALID_ARGUMENT", err)
	}
}
