package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	actionv1 "github.com/wancun/wancun/proto/gen/wancun/action/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/tests/suite"
	"github.com/wancun/wancun/tests/world"
)

// followDown follows every figure of the bulletin to its entries, like a reader who trusts only the public key. It
// checks that the entries add up, that each record states the counted delivery, and that each is in the tree of the
// bulletin's checkpoint.
func followDown(t *testing.T, s *suite.Suite, campaign string) {
	b := world.Bulletin(t, s, campaign)
	ledger := opened(t, s, b)
	followed := 0
	for _, f := range b.GetFigures() {
		if f.GetConfirmed() == nil {
			continue
		}
		for _, confirmed := range []bool{false, true} {
			want := f.GetRecorded()
			if confirmed {
				want = f.GetConfirmed()
			}
			entries := entriesOf(t, s, campaign, f.GetIndicator(), confirmed)
			sum := &reportv1.Amount{}
			for _, e := range entries {
				add(sum, e.GetAmount())
				ledger.mustState(t, e)
			}
			if d := cmp.Diff(want, sum, protocmp.Transform()); d != "" {
				t.Errorf("the entries of %s (confirmed: %t) do not add up (-figure +entries):\n%s", f.GetIndicator(), confirmed, d)
			}
			followed += len(entries)
		}
	}
	if followed == 0 {
		t.Error("no figure has entries")
	}
	ledger.mustProve(t, s)
}

func add(sum, a *reportv1.Amount) {
	sum.Value += a.GetValue()
	sum.CashFen += a.GetCashFen()
	sum.GoodsFen += a.GetGoodsFen()
	sum.ServiceFen += a.GetServiceFen()
	sum.Deliveries += a.GetDeliveries()
}

func entriesOf(t *testing.T, s *suite.Suite, campaign, indicator string, confirmed bool) []*reportv1.FigureEntry {
	t.Helper()
	ctx, client := s.As(t, "auditor", suite.Everywhere(accessv1.Grant_AUDITOR)), reportv1.NewBulletinServiceClient(s.Conn)
	r := &reportv1.ListFigureEntriesRequest{Parent: campaign + "/figures/" + indicator, Confirmed: confirmed, PageSize: 700}
	var all []*reportv1.FigureEntry
	for {
		page, err := client.ListFigureEntries(ctx, r)
		if err != nil {
			t.Fatalf("entries of %s: %v", indicator, err)
		}
		all = append(all, page.GetEntries()...)
		if r.PageToken = page.GetNextPageToken(); r.PageToken == "" {
			return all
		}
	}
}

// ledger is action's journal as a reader receives it: the checkpoint of the bulletin, and the records.
type ledger struct {
	tree    tlog.Tree
	records map[int64][]byte
	used    map[int64]bool
}

// opened verifies the bulletin's checkpoint with the public key and reads the records.
func opened(t *testing.T, s *suite.Suite, b *reportv1.Bulletin) *ledger {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(s.Dir, "keys", "action.pub"))
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(key)))
	if err != nil {
		t.Fatal(err)
	}
	l := &ledger{records: map[int64][]byte{}, used: map[int64]bool{}}
	for _, p := range b.GetAsOf().GetPositions() {
		if p.GetLog() != "logs/action" {
			continue
		}
		signed, err := note.Open([]byte(p.GetCheckpoint()), note.VerifierList(verifier))
		if err != nil {
			t.Fatalf("open the bulletin's checkpoint: %v", err)
		}
		lines := strings.Split(signed.Text, "\n")
		if l.tree.Hash, err = tlog.ParseHash(lines[2]); err != nil {
			t.Fatal(err)
		}
		if l.tree.N = number(t, lines[1]); lines[0] != "wancun/action" || l.tree.N < p.GetPosition() {
			t.Fatalf("the bulletin at %d rests on %q", p.GetPosition(), signed.Text)
		}
	}
	ctx := s.As(t, "auditor", suite.Everywhere(accessv1.Grant_AUDITOR))
	stream, err := journalv1.NewJournalServiceClient(s.Conn).Read(ctx, &journalv1.ReadRequest{Log: "logs/action"})
	if err != nil {
		t.Fatal(err)
	}
	for {
		r, err := stream.Recv()
		if err != nil {
			break // mustState fails for records that were not read
		}
		for _, e := range r.GetEntries() {
			l.records[e.GetPosition()] = e.GetRecord()
		}
	}
	return l
}

func number(t *testing.T, text string) int64 {
	t.Helper()
	var n int64
	for _, c := range text {
		if c < '0' || c > '9' {
			t.Fatalf("%q is no number", text)
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

// mustState fails the test unless the record at the entry's position contains the delivery as it was counted.
func (l *ledger) mustState(t *testing.T, e *reportv1.FigureEntry) {
	t.Helper()
	l.used[e.GetPosition()] = true
	record, d := &journalv1.Record{}, &actionv1.Delivery{}
	if err := proto.Unmarshal(l.records[e.GetPosition()], record); err != nil {
		t.Fatal(err)
	}
	if err := record.GetBody().UnmarshalTo(d); err != nil {
		t.Fatalf("position %d: %v", e.GetPosition(), err)
	}
	if record.GetResource() != e.GetDelivery() || record.GetRevision() != e.GetRevision() || d.GetOrganization() != e.GetOrganization() ||
		d.GetVillage() != e.GetVillage() || d.GetState() != e.GetState() || !proto.Equal(d.GetDeliveryDate(), e.GetDeliveryDate()) {
		t.Errorf("position %d states %v, the figure counts %v", e.GetPosition(), d, e)
	}
}

// mustProve verifies the inclusion proofs of about 200 of the counted entries.
func (l *ledger) mustProve(t *testing.T, s *suite.Suite) {
	t.Helper()
	client := journalv1.NewJournalServiceClient(s.Conn)
	every := max(1, len(l.used)/200)
	n := 0
	for position := range l.used {
		if n++; n%every != 0 {
			continue
		}
		p, err := client.GetInclusionProof(t.Context(), &journalv1.GetInclusionProofRequest{Log: "logs/action", Position: position, Size: l.tree.N})
		if err != nil {
			t.Fatal(err)
		}
		leaf := tlog.RecordHash(l.records[position])
		if !bytes.Equal(leaf[:], p.GetLeaf()) {
			t.Errorf("position %d: the leaf is not the hash of the record", position)
		}
		var proof tlog.RecordProof
		for _, h := range p.GetHashes() {
			proof = append(proof, tlog.Hash(h))
		}
		if err := tlog.CheckRecord(proof, l.tree.N, l.tree.Hash, position-1, leaf); err != nil {
			t.Errorf("position %d is not under the bulletin's checkpoint: %v", position, err)
		}
	}
}

func TestEveryFigureCanBeFollowedDown(t *testing.T) {
	suite.Engines(t, func(t *testing.T, o suite.Options) {
		s := suite.Up(t, o)
		world.Build(t, s)
		team := actionv1.NewDeliveryServiceClient(s.Conn)
		for i, village := range world.Villages() {
			for _, d := range []*actionv1.Delivery{world.Operations(village, int64(i+3)), world.Cash(village, 1_000), world.Goods(village, 7)} {
				made := world.Record(t, s, "office", village+d.GetIndicator(), d)
				if i%2 == 0 {
					if _, err := team.ConfirmDelivery(s.As(t, "team", world.Team(village)), &actionv1.ConfirmDeliveryRequest{Name: made.GetName()}); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		followDown(t, s, world.Campaign)
	})
}
