package journal_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/fullstorydev/grpchan/inprocgrpc"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"

	"github.com/wancun/wancun/platform/journal"
	"github.com/wancun/wancun/platform/journal/internal/logtest"
	"github.com/wancun/wancun/platform/servertest"
)

func TestReadingSendsEveryEntryAfterAPosition(t *testing.T) {
	logtest.OnEngines(t, func(t *testing.T, url string) {
		l, db := logtest.NewLog(t, url)
		logtest.Fill(t, l, db, 300, 50)
		c := logtest.Serve(t, l.Server())
		for _, tt := range []struct {
			request *journalv1.ReadRequest
			first   int64
			count   int
		}{
			{request: &journalv1.ReadRequest{}, first: 1, count: 300},
			{request: &journalv1.ReadRequest{After: 250}, first: 251, count: 50},
			{request: &journalv1.ReadRequest{After: 10, Limit: 200}, first: 11, count: 200},
			{request: &journalv1.ReadRequest{After: 10, Limit: 200, Follow: true}, first: 11, count: 200},
			{request: &journalv1.ReadRequest{After: 299, Limit: 10}, first: 300, count: 1},
			{request: &journalv1.ReadRequest{After: 300}, count: 0},
		} {
			got, messages := logtest.Read(t, c, tt.request)
			if len(got) != tt.count {
				t.Errorf("Read(%v) sent %d entries, want %d", tt.request, len(got), tt.count)
				continue
			}
			for i, e := range got {
				if want := tt.first + int64(i); e.GetPosition() != want {
					t.Fatalf("Read(%v) sent position %d, want %d", tt.request, e.GetPosition(), want)
				}
			}
			for _, m := range messages {
				covered := tt.request.GetAfter()
				if n := len(m.GetEntries()); n > 0 {
					covered = m.GetEntries()[n-1].GetPosition()
				}
				if want := (covered + 49) / 50 * 50; m.GetCheckpoint().GetSize() != want {
					t.Errorf("Read(%v): checkpoint over %d beside position %d, want the smallest, over %d",
						tt.request, m.GetCheckpoint().GetSize(), covered, want)
				}
			}
		}
	})
}

func TestReadingOneResourceSendsItsHistory(t *testing.T) {
	logtest.OnEngines(t, func(t *testing.T, url string) {
		l, db := logtest.NewLog(t, url)
		for revision := range int64(200) {
			w := journal.Write{Entries: []journal.Entry{
				{Resource: "things/a", Revision: revision + 1}, {Resource: "things/b", Revision: revision + 1},
			}}
			if err := logtest.Write(t, l, db, w); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, _ := logtest.Read(t, logtest.Serve(t, l.Server()), &journalv1.ReadRequest{Resource: "things/b", After: 20, Decode: true})
		if len(got) != 190 {
			t.Fatalf("Read sent %d entries, want 190", len(got))
		}
		for i, e := range got {
			if r := e.GetContent(); r.GetResource() != "things/b" || r.GetRevision() != int64(i)+11 {
				t.Fatalf("entry %d is %s at revision %d, want things/b at %d", i, r.GetResource(), r.GetRevision(), i+11)
			}
		}
	})
}

func TestALogIsNotReadByARoleBoundToAPartOfIt(t *testing.T) {
	l, db := logtest.NewLog(t, logtest.SQLite(t))
	logtest.Fill(t, l, db, 3, 3)
	inside := &inprocgrpc.Channel{} // as a router calls services in its own process
	journalv1.RegisterJournalServiceServer(inside, l.Server())
	router := journal.Router{"test": journalv1.NewJournalServiceClient(inside)}.Server()
	for name, c := range map[string]struct {
		grant *accessv1.Grant
		want  codes.Code
	}{
		"everywhere":       {servertest.Grant(accessv1.Grant_AUDITOR), codes.OK},
		"a province":       {servertest.Grant(accessv1.Grant_AUDITOR, "43"), codes.OK},
		"a county":         {servertest.Grant(accessv1.Grant_AUDITOR, "433124"), codes.PermissionDenied},
		"one organization": {servertest.Grant(accessv1.Grant_AUDITOR, "", "51430000MJJ0000129"), codes.PermissionDenied},
	} {
		for _, server := range []journalv1.JournalServiceServer{l.Server(), router} {
			conn := servertest.Start(t, func(r grpc.ServiceRegistrar) { journalv1.RegisterJournalServiceServer(r, server) })
			stream, err := journalv1.NewJournalServiceClient(conn).Read(servertest.As(t.Context(), "u", c.grant), &journalv1.ReadRequest{Log: "logs/test"})
			if err == nil {
				_, err = stream.Recv()
			}
			if status.Code(err) != c.want {
				t.Errorf("%T, bound to %s: %v, want %v", server, name, err, c.want)
			}
		}
	}
}

func TestAMessageHoldsAtMost64KiBOfRecordsOrOneLarger(t *testing.T) {
	l, db := logtest.NewLog(t, logtest.SQLite(t))
	var w journal.Write
	for i, size := range []int{10, 30 << 10, 30 << 10, 30 << 10, 100 << 10, 10, 10} {
		w.Entries = append(w.Entries, journal.Entry{
			Resource: fmt.Sprintf("things/%d", i), Revision: 1, PersonalDigest: make([]byte, size),
		})
	}
	if err := logtest.Write(t, l, db, w); err != nil {
		t.Fatal(err)
	}
	if err := l.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, messages := logtest.Read(t, logtest.Serve(t, l.Server()), &journalv1.ReadRequest{})
	var got []int
	for _, m := range messages {
		got = append(got, len(m.GetEntries()))
	}
	if want := "[3 1 1 2]"; fmt.Sprint(got) != want {
		t.Errorf("entries in the messages: %v, want %v", got, want)
	}
}

func TestAFollowerReceivesWhatIsWrittenWhileItListens(t *testing.T) {
	logtest.OnEngines(t, func(t *testing.T, url string) {
		l, db := logtest.NewLog(t, url)
		stream, err := logtest.Serve(t, l.Server()).Read(t.Context(), &journalv1.ReadRequest{Log: "logs/test", Follow: true})
		if err != nil {
			t.Fatal(err)
		}
		first, err := stream.Recv()
		if err != nil || len(first.GetEntries()) != 0 || first.GetCheckpoint().GetSize() != 0 || first.GetCheckpoint() == nil {
			t.Fatalf("first message of an empty log = %v, %v, want no entries and its checkpoint", first, err)
		}
		next := int64(1)
		for round := range 20 {
			if err := logtest.Write(t, l, db, journal.Write{Entries: logtest.Entries(fmt.Sprintf("things/%d", round), 3)}); err != nil {
				t.Fatal(err)
			}
			for last := next + 2; next <= last; {
				m, err := stream.Recv()
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range m.GetEntries() {
					if e.GetPosition() != next {
						t.Fatalf("position %d, want %d", e.GetPosition(), next)
					}
					next++
				}
			}
		}
	})
}

func TestAFollowerLearnsThatTheJournalCloses(t *testing.T) {
	l, _ := logtest.NewLog(t, logtest.SQLite(t))
	stream, err := logtest.Serve(t, l.Server()).Read(t.Context(), &journalv1.ReadRequest{Log: "logs/test", Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = stream.Recv()
	refused(t, err, codes.Unavailable, "SHUTTING_DOWN")
	refused(t, l.Sync(t.Context()), codes.Unavailable, "SHUTTING_DOWN")
}

func TestTheNewestCheckpointCoversEveryAcknowledgedWrite(t *testing.T) {
	logtest.OnEngines(t, func(t *testing.T, url string) {
		l, db := logtest.NewLog(t, url)
		c := logtest.Serve(t, l.Server())
		_, key := logtest.Keys(t, 1)
		for n := range int64(50) {
			if n > 0 {
				if err := logtest.Write(t, l, db, journal.Write{Entries: logtest.Entries(fmt.Sprintf("things/%d", n), 1)}); err != nil {
					t.Fatal(err)
				}
			}
			got, err := c.GetCheckpoint(t.Context(), &journalv1.GetCheckpointRequest{Log: "logs/test"})
			if err != nil {
				t.Fatal(err)
			}
			if got.GetSize() != n {
				t.Fatalf("checkpoint over %d entries after %d writes", got.GetSize(), n)
			}
			signed, err := note.Open([]byte(got.GetNote()), note.VerifierList(key))
			if err != nil {
				t.Fatal(err)
			}
			if want := fmt.Sprintf("%s\n%d\n%s\n", logtest.Origin, n, tlog.Hash(got.GetRoot())); signed.Text != want {
				t.Fatalf("signed text %q, want %q", signed.Text, want)
			}
		}
	})
}

func TestAnEntryIsProvenInEveryTreeThatHoldsIt(t *testing.T) {
	logtest.OnEngines(t, func(t *testing.T, url string) {
		l, db := logtest.NewLog(t, url)
		logtest.Fill(t, l, db, 23, 3)
		logtest.Fill(t, l, db, 70, 50) // more hashes than a row holds
		c := logtest.Serve(t, l.Server())
		all, _ := logtest.Read(t, c, &journalv1.ReadRequest{})
		for _, checkpoint := range checkpoints(t, c) {
			for _, e := range all[:checkpoint.GetSize()] {
				p, err := c.GetInclusionProof(t.Context(), &journalv1.GetInclusionProofRequest{
					Log: "logs/test", Position: e.GetPosition(), Size: checkpoint.GetSize(),
				})
				if err != nil {
					t.Fatal(err)
				}
				leaf := tlog.RecordHash(e.GetRecord())
				if !bytes.Equal(p.GetLeaf(), leaf[:]) {
					t.Errorf("leaf of %d is not the hash of its record", e.GetPosition())
				}
				err = tlog.CheckRecord(hashes(p.GetHashes()), checkpoint.GetSize(), tlog.Hash(checkpoint.GetRoot()), e.GetPosition()-1, leaf)
				if err != nil {
					t.Errorf("entry %d in the tree of %d: %v", e.GetPosition(), checkpoint.GetSize(), err)
				}
			}
		}
	})
}

func TestEveryCheckpointExtendsTheOnesBefore(t *testing.T) {
	logtest.OnEngines(t, func(t *testing.T, url string) {
		l, db := logtest.NewLog(t, url)
		logtest.Fill(t, l, db, 23, 2)
		c := logtest.Serve(t, l.Server())
		all := checkpoints(t, c)
		if len(all) != 12 {
			t.Fatalf("%d checkpoints, want 12", len(all))
		}
		for i, newer := range all {
			for _, older := range all[:i+1] {
				p, err := c.GetConsistencyProof(t.Context(), &journalv1.GetConsistencyProofRequest{
					Log: "logs/test", OldSize: older.GetSize(), Size: newer.GetSize(),
				})
				if err != nil {
					t.Fatal(err)
				}
				err = tlog.CheckTree(tlog.TreeProof(hashes(p.GetHashes())),
					newer.GetSize(), tlog.Hash(newer.GetRoot()), older.GetSize(), tlog.Hash(older.GetRoot()))
				if err != nil {
					t.Errorf("%d extends %d: %v", newer.GetSize(), older.GetSize(), err)
				}
			}
		}
	})
}

func TestWhatLiesBeyondTheLogIsRefused(t *testing.T) {
	l, db := logtest.NewLog(t, logtest.SQLite(t))
	logtest.Fill(t, l, db, 5, 5)
	c := logtest.Serve(t, l.Server())
	for name, call := range map[string]func(ctx context.Context, log string) error{
		"BEYOND_LOG Read": func(ctx context.Context, log string) error {
			stream, err := c.Read(ctx, &journalv1.ReadRequest{Log: log, After: 6, Follow: true})
			if err == nil {
				_, err = stream.Recv()
			}
			return err
		},
		"BEYOND_LOG GetCheckpoint": func(ctx context.Context, log string) error {
			_, err := c.GetCheckpoint(ctx, &journalv1.GetCheckpointRequest{Log: log, Size: 6})
			return err
		},
		"BEYOND_LOG GetInclusionProof": func(ctx context.Context, log string) error {
			_, err := c.GetInclusionProof(ctx, &journalv1.GetInclusionProofRequest{Log: log, Position: 1, Size: 6})
			return err
		},
		"BEYOND_SIZE GetInclusionProof": func(ctx context.Context, log string) error {
			_, err := c.GetInclusionProof(ctx, &journalv1.GetInclusionProofRequest{Log: log, Position: 5, Size: 4})
			return err
		},
		"BEYOND_LOG GetConsistencyProof": func(ctx context.Context, log string) error {
			_, err := c.GetConsistencyProof(ctx, &journalv1.GetConsistencyProofRequest{Log: log, OldSize: 1, Size: 6})
			return err
		},
		"BEYOND_SIZE GetConsistencyProof": func(ctx context.Context, log string) error {
			_, err := c.GetConsistencyProof(ctx, &journalv1.GetConsistencyProofRequest{Log: log, OldSize: 5, Size: 4})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			var reason, method string
			if _, err := fmt.Sscan(name, &reason, &method); err != nil {
				t.Fatal(err)
			}
			refused(t, call(t.Context(), "logs/test"), codes.OutOfRange, reason)
			refused(t, call(t.Context(), "logs/other"), codes.NotFound, "RESOURCE_NOT_FOUND")
		})
	}
}

func TestARouterServesSeveralLogsBehindOneName(t *testing.T) {
	l, db := logtest.NewLog(t, logtest.SQLite(t))
	logtest.Fill(t, l, db, 5, 2)
	c := logtest.Serve(t, journal.Router{"test": logtest.Serve(t, l.Server())}.Server())

	if got, messages := logtest.Read(t, c, &journalv1.ReadRequest{After: 1, Limit: 3}); len(got) != 3 || len(messages) != 1 {
		t.Errorf("Read sent %v, want three entries in one message", messages)
	}
	all := checkpoints(t, c)
	if len(all) != 3 {
		t.Errorf("%d checkpoints, want 3", len(all))
	}
	if _, err := c.GetInclusionProof(t.Context(), &journalv1.GetInclusionProofRequest{Log: "logs/test", Position: 1, Size: 5}); err != nil {
		t.Errorf("GetInclusionProof: %v", err)
	}
	if _, err := c.GetConsistencyProof(t.Context(), &journalv1.GetConsistencyProofRequest{Log: "logs/test", OldSize: 2, Size: 5}); err != nil {
		t.Errorf("GetConsistencyProof: %v", err)
	}
	_, err := c.GetCheckpoint(t.Context(), &journalv1.GetCheckpointRequest{Log: "logs/other"})
	refused(t, err, codes.NotFound, "RESOURCE_NOT_FOUND")
	stream, err := c.Read(t.Context(), &journalv1.ReadRequest{Log: "logs/test", After: 99})
	if err == nil {
		_, err = stream.Recv()
	}
	refused(t, err, codes.OutOfRange, "BEYOND_LOG")
}

// checkpoints returns all stored checkpoints over at least one entry.
func checkpoints(t *testing.T, c journalv1.JournalServiceClient) []*journalv1.Checkpoint {
	t.Helper()
	newest, err := c.GetCheckpoint(t.Context(), &journalv1.GetCheckpointRequest{Log: "logs/test"})
	if err != nil {
		t.Fatal(err)
	}
	var all []*journalv1.Checkpoint
	for size := int64(0); size < newest.GetSize(); {
		next, err := c.GetCheckpoint(t.Context(), &journalv1.GetCheckpointRequest{Log: "logs/test", Size: size + 1})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, next)
		size = next.GetSize()
	}
	return all
}

func hashes(raw [][]byte) []tlog.Hash {
	all := make([]tlog.Hash, len(raw))
	for i := range raw {
		all[i] = tlog.Hash(raw[i])
	}
	return all
}
