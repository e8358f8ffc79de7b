package journal_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/journal/internal/logtest"
)

func TestARecordHoldsAllThatTheWriteSaid(t *testing.T) {
	logtest.OnEngines(t, func(t *testing.T, url string) {
		l, db := logtest.NewLog(t, url)
		body, err := anypb.New(wrapperspb.String("a need"))
		if err != nil {
			t.Fatal(err)
		}
		actor := &journalv1.Actor{Subject: "u-1", Role: accessv1.Grant_PROVINCE_ADMIN, Organization: "51430000MJJ1234567"}
		err = logtest.Write(t, l, db, journal.Write{
			Method: "/wancun.village.v1.NeedService/VerifyNeed", Actor: actor, RequestID: "r-1", Digest: []byte("digest"),
			Entries: []journal.Entry{{
				Resource: "villages/433124001201/needs/1", Revision: 3, Body: body, PersonalDigest: []byte("salted"), Reason: "seen",
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}

		got, _ := logtest.Read(t, logtest.Serve(t, l.Server()), &journalv1.ReadRequest{Decode: true})
		want := &journalv1.Record{
			Resource: "villages/433124001201/needs/1", Revision: 3, Body: body,
			Method: "/wancun.village.v1.NeedService/VerifyNeed", Actor: actor, Time: timestamppb.New(logtest.At()), RequestId: "r-1",
			PersonalDigest: []byte("salted"), Reason: "seen",
		}
		if len(got) != 1 || got[0].GetPosition() != 1 {
			t.Fatalf("Read = %v, want one entry at position 1", got)
		}
		if diff := cmp.Diff(want, got[0].GetContent(), protocmp.Transform()); diff != "" {
			t.Errorf("content (-want +got):\n%s", diff)
		}
		decoded := new(journalv1.Record)
		if err := proto.Unmarshal(got[0].GetRecord(), decoded); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, decoded, protocmp.Transform()); diff != "" {
			t.Errorf("record (-want +got):\n%s", diff)
		}
	})
}

func TestAWriteThatIsNotWellFormedIsRefusedBeforeItIsStaged(t *testing.T) {
	l, _ := logtest.NewLog(t, logtest.SQLite(t))
	for name, w := range map[string]journal.Write{
		"no resource":                {Entries: []journal.Entry{{Revision: 1}}},
		"no revision":                {Entries: []journal.Entry{{Resource: "things/1"}}},
		"a request without digest":   {RequestID: "r-1", Entries: logtest.Entries("things/1", 1)},
		"a text that is not Unicode": {Entries: []journal.Entry{{Resource: "things/\xff", Revision: 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			if s, err := l.Statements(w); err == nil {
				t.Errorf("Statements = %v, want an error", s)
			}
		})
	}
}

func TestARepeatedRequestIsAnsweredWithTheRecordsItWroteFirst(t *testing.T) {
	logtest.OnEngines(t, func(t *testing.T, url string) {
		l, db := logtest.NewLog(t, url)
		var w journal.Write
		for i := range 150 { // more than one statement holds, and keys "10" that would sort before "9"
			w.Entries = append(w.Entries, journal.Entry{Resource: fmt.Sprintf("things/%d", i), Revision: 1})
		}
		w.Entries = append(w.Entries, journal.Entry{Resource: "things/7", Revision: 2})
		w.Actor, w.RequestID, w.Digest = &journalv1.Actor{Subject: "u-1"}, "r-1", []byte("digest")
		if err := logtest.Write(t, l, db, w); err != nil {
			t.Fatal(err)
		}

		t.Run("the same", func(t *testing.T) {
			records, found, err := l.Replay(t.Context(), "u-1", "r-1", []byte("digest"))
			if err != nil || !found {
				t.Fatalf("Replay = %v, %v, want the records", found, err)
			}
			var got []journal.Entry
			for _, r := range records {
				got = append(got, journal.Entry{Resource: r.GetResource(), Revision: r.GetRevision()})
			}
			if diff := cmp.Diff(w.Entries, got, protocmp.Transform()); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
		})
		t.Run("the same, written again", func(t *testing.T) {
			var unique *database.UniqueError
			if err := logtest.Write(t, l, db, w); !errors.As(err, &unique) {
				t.Errorf("Apply = %v, want a *database.UniqueError", err)
			}
		})
		t.Run("another content under its id", func(t *testing.T) {
			_, _, err := l.Replay(t.Context(), "u-1", "r-1", []byte("other"))
			refused(t, err, codes.AlreadyExists, "REQUEST_ID_REUSED")
		})
		t.Run("another caller's request under its id", func(t *testing.T) {
			if _, found, err := l.Replay(t.Context(), "u-2", "r-1", []byte("digest")); found || err != nil {
				t.Errorf("Replay = %v, %v, want nothing", found, err)
			}
		})
		t.Run("a request that wrote nothing", func(t *testing.T) {
			if err := logtest.Write(t, l, db, journal.Write{RequestID: "r-2", Digest: []byte("digest")}); err != nil {
				t.Fatal(err)
			}
			if records, found, err := l.Replay(t.Context(), "", "r-2", []byte("digest")); !found || err != nil || len(records) != 0 {
				t.Errorf("Replay = %v, %v, %v, want no records, found", records, found, err)
			}
		})
	})
}

func TestOfManyRequestsUnderOneIdOneIsApplied(t *testing.T) {
	logtest.OnEngines(t, func(t *testing.T, url string) {
		l, db := logtest.NewLog(t, url)
		const ids, copies = 100, 3
		var applied, repeated atomic.Int64
		var callers sync.WaitGroup
		for n := range ids * copies {
			callers.Go(func() {
				id := fmt.Sprintf("r-%d", n%ids)
				w := journal.Write{
					RequestID: id, Digest: []byte(id),
					Entries: []journal.Entry{{Resource: fmt.Sprintf("things/%d", n), Revision: 1}}, // each would write its own
				}
				var unique *database.UniqueError
				err := logtest.Write(t, l, db, w)
				switch {
				case err == nil:
					applied.Add(1)
				case errors.As(err, &unique):
					repeated.Add(1)
				default:
					t.Error(err)
				}
				records, found, err := l.Replay(t.Context(), "", id, []byte(id))
				if err != nil || !found || len(records) != 1 || records[0].GetRequestId() != id {
					t.Errorf("Replay(%q) = %v, %v, %v, want what was applied", id, records, found, err)
				}
			})
		}
		callers.Wait()
		all, _ := logtest.Read(t, logtest.Serve(t, l.Server()), &journalv1.ReadRequest{})
		if applied.Load() != ids || repeated.Load() != ids*(copies-1) || len(all) != ids {
			t.Errorf("%d applied, %d repeated, %d entries, want %d, %d, %d",
				applied.Load(), repeated.Load(), len(all), ids, ids*(copies-1), ids)
		}
	})
}

func TestARequestIsForgottenWhenItsTimeIsOver(t *testing.T) {
	logtest.OnEngines(t, func(t *testing.T, url string) {
		l, db := logtest.NewLog(t, url)
		for id, age := range map[string]time.Duration{"young": time.Hour - time.Second, "old": time.Hour + time.Second} {
			w := journal.Write{Time: logtest.At().Add(-age), RequestID: id, Digest: []byte("digest"), Entries: logtest.Entries("things/"+id, 1)}
			if err := logtest.Write(t, l, db, w); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}

		c := logtest.Config(t, db)
		c.KeepRequests = time.Hour
		again, err := journal.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = again.Close() }()
		if err := again.Sync(t.Context()); err != nil { // the first pass comes after the first look at old requests
			t.Fatal(err)
		}
		for id, want := range map[string]bool{"young": true, "old": false} {
			if _, found, err := again.Replay(t.Context(), "", id, []byte("digest")); found != want || err != nil {
				t.Errorf("Replay(%q) = %v, %v, want %v", id, found, err, want)
			}
		}
	})
}

func TestALogIsOpenedOnlyWithItsOwnKey(t *testing.T) {
	l, db := logtest.NewLog(t, logtest.SQLite(t))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c := logtest.Config(t, db)
	c.Signer, _ = logtest.Keys(t, 2)
	if _, err := journal.Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), "was not signed with the key") {
		t.Errorf("Open = %v, want it to refuse the key", err)
	}
	if logtest.OpenLog(t, db) == nil {
		t.Error("the log does not open with its own key")
	}
}

func TestOpenNamesWhatIsMissing(t *testing.T) {
	db := logtest.Open(t, logtest.SQLite(t))
	for want, spoil := range map[string]func(*journal.Config){
		"name":     func(c *journal.Config) { c.Log = "Test" },
		"origin":   func(c *journal.Config) { c.Origin = "" },
		"database": func(c *journal.Config) { c.DB = nil },
		"signer":   func(c *journal.Config) { c.Signer = nil },
		"key":      func(c *journal.Config) { c.Origin = "wancun/other" },
		"clock":    func(c *journal.Config) { c.Clock = nil },
		"logger":   func(c *journal.Config) { c.Logger = nil },
		"kept":     func(c *journal.Config) { c.KeepRequests = -1 },
	} {
		c := logtest.Config(t, db)
		spoil(&c)
		if _, err := journal.Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open = %v, want an error about the %s", err, want)
		}
	}
}

func TestNothingIsSignedOnTopOfAChangedTree(t *testing.T) {
	logtest.OnEngines(t, func(t *testing.T, url string) {
		db := logtest.Open(t, url)
		before := logtest.OpenLog(t, db)
		logtest.Fill(t, before, db, 5, 5)
		_ = before.Close()                            // it has the edge of the tree in memory
		logtest.ChangeHash(t, db, 7, tlog.Hash{7, 7}) // leaf 5, on the edge
		l := logtest.OpenLog(t, db)
		if err := logtest.Write(t, l, db, journal.Write{Entries: logtest.Entries("things/6", 1)}); err != nil {
			t.Fatal(err)
		}
		if err := l.Sync(t.Context()); err == nil || !strings.Contains(err.Error(), "was signed") {
			t.Errorf("Sync = %v, want it to refuse", err)
		}
		if got, _ := logtest.Read(t, logtest.Serve(t, l.Server()), &journalv1.ReadRequest{}); len(got) != 5 {
			t.Errorf("the log has %d entries, want 5", len(got))
		}
	})
}

// refused checks the code and the reason of err.
func refused(t *testing.T, err error, code codes.Code, reason string) {
	t.Helper()
	f, ok := fault.From(err)
	if !ok || f.Code() != code || f.Reason() != reason {
		t.Errorf("err = %v, want %v %s", err, code, reason)
	}
}
