package resource_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	journalv1 "github.com/wancun/wancun/proto/gen/wancun/journal/v1"
	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	resourcev1 "github.com/wancun/wancun/proto/gen/wancun/resource/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
)

const (
	idA = "11111111-1111-4111-8111-111111111111"
	idB = "22222222-2222-4222-8222-222222222222"
)

func decodeRecord(tb testing.TB, b []byte) *journalv1.Record {
	tb.Helper()
	var r journalv1.Record
	check(tb, proto.Unmarshal(b, &r))
	return &r
}

func TestWhatIsWrittenIsReadBackAndJournaledOnce(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		made := k.createNeed(luxi, 1, 7)
		read := must(k.needs.Get(province(), &villagev1.GetNeedRequest{Name: made.GetName()}))(t)
		if diff := cmp.Diff(made, read, protocmp.Transform()); diff != "" {
			t.Errorf("read after create (-created +read):\n%s", diff)
		}
		if read.GetEtag() == "" || read.GetCreateTime() == nil || read.GetUpdateTime() == nil {
			t.Errorf("etag or times are missing: %v", read)
		}
		entries := k.entries()
		if len(entries) != 1 {
			t.Fatalf("%d journal entries, want 1", len(entries))
		}
		e := entries[0]
		if e.GetResource() != made.GetName() || e.GetRevision() != 1 || e.GetActor().GetSubject() != "u-43" {
			t.Errorf("entry = %v", e)
		}
		var body villagev1.Need
		check(t, e.GetBody().UnmarshalTo(&body))
		if body.GetQuantity() != 7 || body.GetEtag() != "" {
			t.Errorf("journaled body = %v", &body)
		}
	})
}

func TestOutputOnlyFieldsAreNotTakenFromTheCaller(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	n := someNeed(1)
	n.State, n.VerifiedBy = villagev1.Need_VERIFIED, "me"
	n.Authors = []*resourcev1.Author{{Subject: "another"}}
	made := must(k.needs.CreateNamed(province(), &villagev1.CreateNeedRequest{}, needName(luxi, 1), n, func(n *villagev1.Need) error {
		n.ReturnReason = "prepared"
		return nil
	}))(t)
	if made.GetState() != villagev1.Need_DRAFT || made.GetVerifiedBy() != "" || made.GetReturnReason() != "prepared" || len(made.GetAuthors()) != 1 || made.GetAuthors()[0].GetSubject() == "another" {
		t.Errorf("created = %v", made)
	}
}

func TestATakenNameIsRefusedAndNothingIsWritten(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		k.createNeed(luxi, 1, 7)
		_, err := k.needs.CreateNamed(province(), &villagev1.CreateNeedRequest{}, needName(luxi, 1), someNeed(8), nil)
		wantFault(t, err, codes.AlreadyExists, "RESOURCE_EXISTS")
		if n := len(k.entries()); n != 1 {
			t.Errorf("%d journal entries, want 1", n)
		}
	})
}

func TestAStaleEtagIsRefused(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		made := k.createNeed(luxi, 1, 7)
		add := func(n *villagev1.Need) error { n.Quantity++; return nil }
		must(k.needs.Change(province(), &villagev1.SubmitNeedRequest{Name: made.GetName(), Etag: made.GetEtag()}, add))(t)
		_, err := k.needs.Change(province(), &villagev1.SubmitNeedRequest{Name: made.GetName(), Etag: made.GetEtag()}, add)
		wantFault(t, err, codes.Aborted, "STALE_ETAG")
	})
}

func TestConcurrentChangesAreAllApplied(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		made := k.createNeed(luxi, 1, 1)
		const writers, each = 8, 5
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				for range each {
					_, err := k.needs.Change(province(), &villagev1.SubmitNeedRequest{Name: made.GetName()},
						func(n *villagev1.Need) error { n.Quantity++; return nil })
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		read := must(k.needs.Get(province(), &villagev1.GetNeedRequest{Name: made.GetName()}))(t)
		if want := int64(1 + writers*each); read.GetQuantity() != want {
			t.Errorf("quantity = %d, want %d", read.GetQuantity(), want)
		}
		entries := k.entries()
		for i, e := range entries {
			if e.GetRevision() != int64(i+1) {
				t.Fatalf("entry %d has revision %d: revisions are out of order or missing", i, e.GetRevision())
			}
		}
	})
}

func TestTheSameRequestIsAnsweredTheSameAndWrittenOnce(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		create := &villagev1.CreateNeedRequest{Need: someNeed(7), RequestId: idA}
		send := func() (*villagev1.Need, error) {
			return k.needs.CreateNamed(province(), create, needName(luxi, 1), create.GetNeed(), nil)
		}
		first := must(send())(t)
		submit := &villagev1.SubmitNeedRequest{Name: first.GetName(), RequestId: idB}
		once := func(n *villagev1.Need) error {
			if n.GetState() == villagev1.Need_SUBMITTED {
				return fault.Precondition(n.GetName(), "STATE", "is submitted")
			}
			n.State = villagev1.Need_SUBMITTED
			return nil
		}
		changed := must(k.needs.Change(province(), submit, once))(t)

		again := must(send())(t)
		if diff := cmp.Diff(first, again, protocmp.Transform()); diff != "" {
			t.Errorf("repeated create (-first +again):\n%s", diff)
		}
		changedAgain := must(k.needs.Change(province(), submit, once))(t)
		if diff := cmp.Diff(changed, changedAgain, protocmp.Transform()); diff != "" {
			t.Errorf("repeated change (-first +again):\n%s", diff)
		}
		if n := len(k.entries()); n != 2 {
			t.Errorf("%d journal entries, want 2", n)
		}
		create.Need = someNeed(8)
		_, err := send()
		wantFault(t, err, codes.AlreadyExists, "REQUEST_ID_REUSED")
	})
}

func TestARepeatedRequestThatFindsNothingToDoIsStillAnsweredTheSame(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		request := &villagev1.BatchCreateNeedsRequest{SkipIdentical: true, RequestId: idA}
		rows := items(someNeed(1), someNeed(2))
		first := must(k.needs.CreateItems(province(), request, rows, nil))(t)
		again := must(k.needs.CreateItems(province(), request, rows, nil))(t)
		if first.Created != 2 || again.Created != 2 || again.Unchanged != 0 {
			t.Errorf("first: %d created; again: %d created, %d unchanged", first.Created, again.Created, again.Unchanged)
		}
		request.RequestId = idB
		other := must(k.needs.CreateItems(province(), request, rows, nil))(t)
		if other.Created != 0 || other.Unchanged != 2 {
			t.Errorf("another request: %d created, %d unchanged", other.Created, other.Unchanged)
		}
		if n := len(k.entries()); n != 2 {
			t.Errorf("%d journal entries, want 2", n)
		}
	})
}

func TestARequestSentManyTimesAtOnceIsWrittenOnce(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		var wg sync.WaitGroup
		for i := range 20 {
			request := &villagev1.CreateNeedRequest{Need: someNeed(7), RequestId: fmt.Sprintf("11111111-1111-4111-8111-%012d", i)}
			for range 3 {
				wg.Go(func() {
					_, err := k.needs.CreateNamed(province(), request, needName(luxi, i), request.GetNeed(), nil)
					if err != nil {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		if n := len(k.entries()); n != 20 {
			t.Errorf("%d journal entries, want 20", n)
		}
	})
}

func items(needs ...*villagev1.Need) []resource.Item[*villagev1.Need] {
	out := make([]resource.Item[*villagev1.Need], len(needs))
	for i, n := range needs {
		out[i] = resource.Item[*villagev1.Need]{Name: needName(luxi, i), Message: n}
	}
	return out
}

func TestABatchIsWrittenWholeOrNotAtAllAndEveryBadRowIsNamed(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		request := &villagev1.BatchCreateNeedsRequest{}
		_, err := k.needs.CreateItems(province(), request, items(someNeed(1), someNeed(2_000_000), someNeed(3), someNeed(4_000_000)), nil)
		wantFault(t, err, codes.InvalidArgument, "TOO_MANY", "requests[1].need.quantity", "requests[3].need.quantity")
		if n := len(k.entries()); n != 0 {
			t.Fatalf("a refused batch left %d journal entries", n)
		}
		batch := must(k.needs.CreateItems(province(), request, items(someNeed(1), someNeed(2)), nil))(t)
		if batch.Created != 2 || len(batch.Items) != 2 {
			t.Errorf("batch = %+v", batch)
		}
	})
}

func TestASheetMayBeUploadedAgain(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		request := &villagev1.BatchCreateNeedsRequest{SkipIdentical: true}
		rows := items(someNeed(1), someNeed(2))
		must(k.needs.CreateItems(province(), request, rows, nil))(t)
		must(k.needs.Change(province(), &villagev1.SubmitNeedRequest{Name: rows[0].Name}, func(n *villagev1.Need) error {
			n.State = villagev1.Need_SUBMITTED
			return nil
		}))(t)

		batch := must(k.needs.CreateItems(province(), request, append(rows, items(nil, nil, someNeed(3))[2]), nil))(t)
		if batch.Created != 1 || batch.Unchanged != 2 || batch.Items[0].GetState() != villagev1.Need_SUBMITTED {
			t.Errorf("second upload: %d created, %d unchanged", batch.Created, batch.Unchanged)
		}
		_, err := k.needs.CreateItems(province(), request, items(someNeed(99)), nil)
		wantFault(t, err, codes.AlreadyExists, "RESOURCE_EXISTS", "requests[0].need")
	})
}

func TestValidateOnlyChecksEverythingAndWritesNothing(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	dry := &villagev1.CreateNeedRequest{ValidateOnly: true}
	must(k.needs.CreateNamed(province(), dry, needName(luxi, 1), someNeed(7), nil))(t)
	if n := len(k.entries()); n != 0 {
		t.Errorf("%d journal entries, want none", n)
	}
	_, err := k.needs.CreateNamed(province(), dry, needName(luxi, 1), someNeed(2_000_000), nil)
	wantFault(t, err, codes.InvalidArgument, "TOO_MANY", "need.quantity")
	k.createNeed(luxi, 1, 7)
	_, err = k.needs.CreateNamed(province(), dry, needName(luxi, 1), someNeed(7), nil)
	wantFault(t, err, codes.AlreadyExists, "RESOURCE_EXISTS")
}

func TestWritesOfOneRequestAreAppliedTogether(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		made := k.createNeed(luxi, 1, 7)
		request := &villagev1.CreateNeedRequest{RequestId: idA}
		write := func(tx *resource.Tx) error {
			old := must(k.needs.Peek(tx.Context(), made.GetName()))(t)[made.GetName()]
			more := proto.CloneOf(old)
			more.Quantity++
			if _, err := k.needs.SaveIn(tx, old, more); err != nil {
				return err
			}
			_, err := k.needs.CreateIn(tx, needName(luxi, 2), someNeed(1), nil)
			return err
		}
		must(k.InTx(province(), request, write))(t)
		if n := len(k.entries()); n != 3 {
			t.Fatalf("%d journal entries, want 3", n)
		}
		before := must(k.InTx(province(), request, write))(t)
		if len(before) != 2 || len(k.entries()) != 3 {
			t.Errorf("a repeated request answered %d records and left %d entries", len(before), len(k.entries()))
		}
		_, err := k.InTx(province(), &villagev1.CreateNeedRequest{}, write)
		wantFault(t, err, codes.AlreadyExists, "RESOURCE_EXISTS")
		read := must(k.needs.Get(province(), &villagev1.GetNeedRequest{Name: made.GetName()}))(t)
		if read.GetQuantity() != 8 {
			t.Errorf("quantity = %d, want 8: half of a refused request was written", read.GetQuantity())
		}
	})
}

func TestACallerWithoutAGrantWritesNothing(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	made := k.createNeed(luxi, 1, 7)
	elsewhere := as(accessv1.Grant_COUNTY_CLERK, "433124", "")
	nobody := context.Background()
	for name, ctx := range map[string]context.Context{"another county": elsewhere, "nobody": nobody} {
		t.Run(name, func(t *testing.T) {
			_, err := k.needs.Change(ctx, &villagev1.SubmitNeedRequest{Name: made.GetName()}, func(n *villagev1.Need) error { n.Quantity++; return nil })
			wantFault(t, err, codes.NotFound, "RESOURCE_NOT_FOUND")
			_, err = k.needs.CreateNamed(ctx, &villagev1.CreateNeedRequest{}, needName(luxi, 2), someNeed(1), nil)
			wantFault(t, err, codes.PermissionDenied, "OUTSIDE_AREA")
		})
	}
}

func TestAChangeCannotMoveARowOutOfTheCallersReach(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	made := k.createOrganization(uscc)
	manager := as(accessv1.Grant_ORGANIZATION_MANAGER, "", uscc)
	_, err := k.orgs.Change(manager, &orgv1.ApproveOrganizationRequest{Name: made.GetName()}, func(o *orgv1.Organization) error {
		o.Uscc = "52430000MJJ0000201"
		return nil
	})
	wantFault(t, err, codes.PermissionDenied, "OUTSIDE_AREA")
}
