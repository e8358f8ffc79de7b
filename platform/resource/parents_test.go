package resource_test

import (
	"context"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/resource"
)

func TestAListOfAParentThatDoesNotExistIsNotFound(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	k.fill()
	for parent, want := range map[string]codes.Code{
		nowhere: codes.NotFound, "villages/999999999999": codes.NotFound, huay: codes.OK, "villages/433124001299": codes.OK, "villages/-": codes.OK,
	} {
		_, _, err := k.needs.List(province(), &villagev1.ListNeedsRequest{Parent: parent})
		if want == codes.OK {
			check(t, err)
			continue
		}
		if f := faultOf(t, err); f.Code() != want || f.Resource() != parent {
			t.Errorf("the needs of %s: %v, want %s of it", parent, err, want)
		}
	}
	_, _, err := k.needs.List(province(), &villagev1.ListNeedsRequest{Parent: nowhere, Filter: "quantity >"})
	wantFault(t, err, codes.InvalidArgument, "UNREADABLE", "filter")
}

func TestAStoreKnowsOnlyTheParentsThatTheCallerMayRead(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		k.createNeed(huay, 1, 7)
		for name, c := range map[string]struct {
			as    context.Context
			known bool
		}{
			"the province":        {province(), true},
			"its county":          {as(accessv1.Grant_COUNTY_CLERK, "433124", ""), true},
			"another county":      {as(accessv1.Grant_COUNTY_CLERK, "433122", ""), false},
			"a caller of no role": {context.Background(), false},
		} {
			got := must(k.needs.Known(c.as, []string{needName(huay, 1), needName(huay, 2)}))(t)
			if got[needName(huay, 1)] != c.known || got[needName(huay, 2)] {
				t.Errorf("%s knows %v, want the first: %v", name, got, c.known)
			}
		}
		many := make([]string, 250)
		for i := range many {
			many[i] = needName(huay, i)
		}
		if got := must(k.needs.Known(province(), many))(t); len(got) != 1 || !got[needName(huay, 1)] {
			t.Errorf("of many %v are known, want the one", got)
		}
	})
}

func TestNothingIsCreatedUnderAParentThatDoesNotExist(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		orphan := nowhere + "9999999999"
		_, err := k.needs.CreateNamed(province(), &villagev1.CreateNeedRequest{}, needName(orphan, 1), someNeed(1), nil)
		if f := faultOf(t, err); f.Code() != codes.NotFound || f.Resource() != orphan {
			t.Errorf("a need of %s is refused with %v", orphan, err)
		}
		bad := proto.CloneOf(someNeed(2_000_000)) // more people than allowed
		items := []resource.Item[*villagev1.Need]{
			{Name: needName(luxi, 1), Message: someNeed(1)}, {Name: needName(orphan, 2), Message: someNeed(2)},
			{Name: needName(orphan, 3), Message: bad}, {Name: needName(luxi, 4), Message: bad},
		}
		_, err = k.needs.CreateItems(province(), &villagev1.BatchCreateNeedsRequest{}, items, nil)
		f := faultOf(t, err)
		var fields []string
		for _, v := range f.Violations() {
			fields = append(fields, v.Field)
		}
		const want = "requests[1].parent requests[2].parent requests[3].need.quantity"
		if got := strings.Join(fields, " "); f.Code() != codes.NotFound || f.Resource() != orphan || got != want {
			t.Errorf("the sheet is refused with %v at %s, want %s", err, got, want)
		}
		if n := len(k.entries()); n != 0 {
			t.Errorf("the journal has %d entries of rows that were refused", n)
		}
	})
}

func TestAKindWhoseNamesHaveAParentSaysWhoKnowsIt(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	orphaned, root := needKind(), organizationKind()
	orphaned.Parents, root.Parents = nil, villages{}
	if err := open(k, orphaned); err == nil || !strings.Contains(err.Error(), "villages/{village}") {
		t.Errorf("needs without Parents: %v, want an error that names the parent's pattern", err)
	}
	if err := open(k, root); err == nil || !strings.Contains(err.Error(), "no parent") {
		t.Errorf("organizations with Parents: %v, want an error", err)
	}
}
