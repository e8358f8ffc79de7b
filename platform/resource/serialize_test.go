package resource_test

import (
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/servertest"
)

// takeOne takes the n-th need unless it or its neighbour (an even need and the following odd one) is taken. It reads
// both needs and writes one.
func takeOne(k *kit, serialize bool, n int, between func()) (runs int, err error) {
	names := []string{needName(luxi, n&^1), needName(luxi, n|1)}
	_, err = k.InTx(province(), &villagev1.CreateNeedRequest{}, func(tx *resource.Tx) error {
		runs++
		if serialize {
			if err := tx.Serialize(names[0]); err != nil {
				return err
			}
		}
		both, err := k.needs.Peek(tx.Context(), names...)
		if err != nil {
			return err
		}
		for _, name := range names {
			if both[name].GetDescription() == "taken" {
				return fault.Precondition(name, "TAKEN", "is taken")
			}
		}
		if between != nil && runs == 1 {
			between()
		}
		old := both[needName(luxi, n)]
		updated := proto.CloneOf(old)
		updated.Description = "taken"
		_, err = k.needs.SaveIn(tx, old, updated)
		return err
	})
	return runs, err
}

func TestARequestRunsAgainAfterAnotherOneOfItsName(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		k.TB = t
		k.createNeed(luxi, 2, 1)
		k.createNeed(luxi, 3, 1)
		runs, err := takeOne(k, true, 2, func() {
			_, err := takeOne(k, true, 3, nil)
			check(t, err)
		})
		if f, ok := fault.From(err); !ok || f.Reason() != "TAKEN" || runs != 2 {
			t.Errorf("after %d runs: %v, want the second run to be refused", runs, err)
		}
	})
}

// Shows why Serialize is needed.
func TestARequestWithoutANameDoesNotLearnOfRowsThatItOnlyRead(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		k.TB = t
		k.createNeed(luxi, 2, 1)
		k.createNeed(luxi, 3, 1)
		runs, err := takeOne(k, false, 2, func() {
			_, err := takeOne(k, false, 3, nil)
			check(t, err)
		})
		if err != nil || runs != 1 {
			t.Errorf("after %d runs: %v", runs, err)
		}
	})
}

func TestOfRequestsOfOneNameInTwoReplicasOneIsFirst(t *testing.T) {
	url := servertest.Postgres(t)
	k := openKit(t, url)
	other := k.replica(t, url)
	other.needs = must(resource.NewStore(t.Context(), other.Kit, needKind()))(t)
	for round := range 10 {
		k.createNeed(luxi, 2*round, 1)
		k.createNeed(luxi, 2*round+1, 1)
		var all sync.WaitGroup
		var errs [2]error
		for i, replica := range []*kit{k, other} {
			all.Go(func() { _, errs[i] = takeOne(replica, true, 2*round+i, nil) })
		}
		all.Wait()
		written := 0
		for _, err := range errs {
			if f, ok := fault.From(err); err == nil {
				written++
			} else if !ok || f.Reason() != "TAKEN" {
				t.Error(err)
			}
		}
		if written != 1 {
			t.Errorf("%d requests were applied, want 1", written)
		}
	}
}
