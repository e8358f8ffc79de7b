package resource_test

import (
	"iter"
	"testing"

	"google.golang.org/grpc/codes"

	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
)

// many is a number of needs that PostgreSQL receives by COPY instead of INSERT statements.
const many = 1200

// needsOf returns needs of a village. The n-th need has the quantity n, except the one with the number bad.
func needsOf(village string, bad int, quantity int64) iter.Seq2[string, *villagev1.Need] {
	return func(yield func(string, *villagev1.Need) bool) {
		for n := 1; n <= many; n++ {
			need := someNeed(int64(n))
			if n == bad {
				need.Quantity = quantity
			}
			if !yield(needName(village, n), need) {
				return
			}
		}
	}
}

// createAll creates needs with the writes of tx.
func createAll(tx *resource.Tx, k *kit, needs iter.Seq2[string, *villagev1.Need], prepare func(*villagev1.Need) error) error {
	for name, need := range needs {
		if _, err := k.needs.CreateIn(tx, name, need, prepare); err != nil {
			return err
		}
	}
	return nil
}

func TestManyResourcesAreCreatedByOneRequest(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		measured := func(n *villagev1.Need) error {
			n.Unit = "hectare"
			return nil
		}
		must(k.InTx(province(), &villagev1.CreateNeedRequest{RequestId: idA}, func(tx *resource.Tx) error {
			return createAll(tx, k, needsOf(luxi, 0, 0), measured)
		}))(t)
		entries := k.entries()
		if len(entries) != many {
			t.Fatalf("%d journal entries, want %d", len(entries), many)
		}
		for i, e := range entries {
			var body villagev1.Need
			check(t, e.GetBody().UnmarshalTo(&body))
			if e.GetResource() != needName(luxi, i+1) || body.GetQuantity() != int64(i+1) || body.GetUnit() != "hectare" || body.GetState() != villagev1.Need_DRAFT {
				t.Fatalf("entry %d is %v", i+1, e)
			}
		}
		read := must(k.needs.Get(province(), &villagev1.GetNeedRequest{Name: needName(luxi, many)}))(t)
		if read.GetQuantity() != many || read.GetUnit() != "hectare" || read.GetEtag() == "" {
			t.Errorf("the last one is %v", read)
		}
		again := must(k.InTx(province(), &villagev1.CreateNeedRequest{RequestId: idA}, func(tx *resource.Tx) error {
			return createAll(tx, k, needsOf(luxi, 0, 0), measured)
		}))(t)
		if len(again) != many || len(k.entries()) != many {
			t.Errorf("a repeated request answered %d records and left %d entries, want %d", len(again), len(k.entries()), many)
		}
	})
}

func TestOneOfManyThatIsRefusedLeavesNothing(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		k.createNeed(huay, 700, 7)
		for _, tt := range []struct {
			name    string
			village string
			bad     int
			request *villagev1.CreateNeedRequest
			prepare func(*villagev1.Need) error
			code    codes.Code
			reason  string
		}{
			{"by the kind", luxi, 700, &villagev1.CreateNeedRequest{}, nil, codes.InvalidArgument, "TOO_MANY"},
			{"by the kind, of a request that writes nothing", luxi, 700, &villagev1.CreateNeedRequest{ValidateOnly: true}, nil, codes.InvalidArgument, "TOO_MANY"},
			{"by its preparation", luxi, 0, &villagev1.CreateNeedRequest{}, func(n *villagev1.Need) error {
				if n.GetQuantity() == many {
					return fault.Precondition("", "NOT_NOW", "not now")
				}
				return nil
			}, codes.FailedPrecondition, "NOT_NOW"},
			{"because its name is taken", huay, 0, &villagev1.CreateNeedRequest{}, nil, codes.AlreadyExists, "RESOURCE_EXISTS"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				_, err := k.InTx(province(), tt.request, func(tx *resource.Tx) error {
					return createAll(tx, k, needsOf(tt.village, tt.bad, 2_000_000), tt.prepare)
				})
				wantFault(t, err, tt.code, tt.reason)
				if n := len(k.entries()); n != 1 {
					t.Errorf("%d journal entries, want the one from before", n)
				}
				if _, err := k.needs.Get(province(), &villagev1.GetNeedRequest{Name: needName(tt.village, 1)}); err == nil {
					t.Error("the first of them was written")
				}
			})
		}
	})
}
