package resource_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/resource"
	"github.com/wancun/wancun/platform/servertest"
)

const categoryTaken = "CATEGORY_TAKEN"

// closed is the description of a need that excludes no other need.
const closed = "closed"

// soleKind is a kind of needs with at most one open need in each category, in all villages.
func soleKind() resource.Kind[*villagev1.Need] {
	kind := needKind()
	kind.Table = "sole_needs"
	kind.Columns = []resource.Column[*villagev1.Need]{
		resource.Text("village", func(n *villagev1.Need) string { return access.AreaOf(n.GetName()) }).Area(),
	}
	kind.Unique = []resource.Unique[*villagev1.Need]{{
		Column: "sole", Field: "category", Reason: categoryTaken, English: "has an open need already", Chinese: "已有未结的需求",
		Of: func(n *villagev1.Need) []string {
			if n.GetDescription() == closed {
				return nil
			}
			return []string{n.GetCategory()}
		},
	}}
	return kind
}

// soles is a store of soleKind.
type soles struct {
	*kit
	store *resource.Store[*villagev1.Need]
}

func openSoles(t *testing.T, k *kit) soles {
	t.Helper()
	k.TB = t
	return soles{k, must(resource.NewStore(context.Background(), k.Kit, soleKind()))(t)}
}

func ofCategory(category string) *villagev1.Need {
	n := someNeed(1)
	n.Category = category
	return n
}

func (s soles) create(n int, category string) error {
	_, err := s.store.CreateNamed(province(), &villagev1.CreateNeedRequest{}, needName(luxi, n), ofCategory(category), nil)
	return err
}

// describe changes the description of a need.
func (s soles) describe(n int, description string) error {
	_, err := s.store.Change(province(), &villagev1.SubmitNeedRequest{Name: needName(luxi, n)}, func(m *villagev1.Need) error {
		m.Description = description
		return nil
	})
	return err
}

func TestOfRowsThatExcludeEachOtherThereIsOne(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		s := openSoles(t, k)
		check(t, s.create(1, "wells"))
		check(t, s.create(2, "roads"))
		err := s.create(3, "wells")
		wantFault(t, err, codes.AlreadyExists, categoryTaken, "need.category")
		f, _ := fault.From(err)
		if v := f.Violations()[0]; !strings.HasSuffix(v.Description, needName(luxi, 1)) || !strings.Contains(v.Chinese, needName(luxi, 1)) {
			t.Errorf("the refusal is %+v, want it to name the other", v)
		}
		_, err = s.store.CreateNamed(province(), &villagev1.CreateNeedRequest{ValidateOnly: true}, needName(luxi, 3), ofCategory("wells"), nil)
		wantFault(t, err, codes.AlreadyExists, categoryTaken, "need.category")
		_, err = s.store.UpdateBy(province(), &villagev1.UpdateNeedRequest{UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"category"}}},
			&villagev1.Need{Name: needName(luxi, 2), Category: "wells"}, nil)
		wantFault(t, err, codes.AlreadyExists, categoryTaken, "need.category")

		check(t, s.describe(1, closed))
		check(t, s.create(3, "wells"))
		wantFault(t, s.describe(1, "open"), codes.AlreadyExists, categoryTaken, "need.category")
		if n := len(k.entries()); n != 4 {
			t.Errorf("%d journal entries, want 4", n)
		}
	})
}

func TestRowsOfABatchExcludeEachOtherAndWhatIsThere(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		s := openSoles(t, k)
		check(t, s.create(1, "category_1"))
		for _, rows := range []int{6, 1000} { // PostgreSQL receives 1000 rows by COPY
			var sheet []resource.Item[*villagev1.Need]
			for i := range rows {
				sheet = append(sheet, resource.Item[*villagev1.Need]{Name: needName(huay, i), Message: ofCategory(fmt.Sprintf("category_%d", i))})
			}
			sheet[4].Message.Category = "category_2"
			for _, validateOnly := range []bool{true, false} {
				_, err := s.store.CreateItems(province(), &villagev1.BatchCreateNeedsRequest{ValidateOnly: validateOnly}, sheet, nil)
				wantFault(t, err, codes.AlreadyExists, categoryTaken, "requests[1].need.category", "requests[4].need.category")
			}
		}
	})
}

// race lets writers of several replicas create a need of the same category concurrently, in several rounds.
func race(t *testing.T, replicas ...soles) {
	t.Helper()
	const rounds, writers = 10, 8
	for round := range rounds {
		errs := make([]error, writers)
		var all sync.WaitGroup
		for i := range writers {
			all.Go(func() { errs[i] = replicas[i%len(replicas)].create(100*round+i, fmt.Sprintf("category_%d", round)) })
		}
		all.Wait()
		written := 0
		for _, err := range errs {
			if err == nil {
				written++
				continue
			}
			wantFault(t, err, codes.AlreadyExists, categoryTaken, "need.category")
		}
		if written != 1 {
			t.Errorf("%d of %d were written, want 1", written, writers)
		}
	}
}

func TestOfWritersOfOneKeyOneIsFirst(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) { race(t, openSoles(t, k)) })
}

func TestOfWritersOfOneKeyInTwoReplicasOneIsFirst(t *testing.T) {
	url := servertest.Postgres(t)
	k := openKit(t, url)
	race(t, openSoles(t, k), openSoles(t, k.replica(t, url)))
}

func TestARequestPassesAKeyFromOneRowToAnother(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		s := openSoles(t, k)
		check(t, s.create(1, "wells"))
		check(t, s.create(2, "roads"))
		_, err := k.InTx(province(), &villagev1.CreateNeedRequest{}, func(tx *resource.Tx) error {
			stored := must(s.store.Peek(tx.Context(), needName(luxi, 1), needName(luxi, 2)))(t)
			for n, category := range map[int]string{1: "roads", 2: "wells"} { // exchanges them, in either order
				old := stored[needName(luxi, n)]
				updated := proto.CloneOf(old)
				updated.Category = category
				if _, err := s.store.SaveIn(tx, old, updated); err != nil {
					return err
				}
			}
			return nil
		})
		check(t, err)
		_, err = k.InTx(province(), &villagev1.CreateNeedRequest{}, func(tx *resource.Tx) error {
			old := must(s.store.Peek(tx.Context(), needName(luxi, 1)))(t)[needName(luxi, 1)]
			updated := proto.CloneOf(old)
			updated.Description = closed
			if _, err := s.store.SaveIn(tx, old, updated); err != nil {
				return err
			}
			_, err := s.store.CreateIn(tx, needName(luxi, 3), ofCategory("roads"), nil)
			return err
		})
		check(t, err)
		for category, n := range map[string]int{"roads": 3, "wells": 2} {
			if err := s.create(4, category); !strings.Contains(fmt.Sprint(err), needName(luxi, n)) {
				t.Errorf("the need of %s is said to be: %v", category, err)
			}
		}
	})
}

func TestARefusalNamesNoRowThatTheCallerMayNotRead(t *testing.T) {
	s := openSoles(t, openKit(t, "sqlite://"+t.TempDir()+"/kit.db"))
	check(t, s.create(1, "wells"))
	_, err := s.store.CreateNamed(as(accessv1.Grant_COUNTY_CLERK, "433124", ""), &villagev1.CreateNeedRequest{}, needName(huay, 50), ofCategory("wells"), nil)
	wantFault(t, err, codes.AlreadyExists, categoryTaken, "need.category")
	if strings.Contains(err.Error(), luxi) {
		t.Errorf("the refusal names another county's need: %v", err)
	}
}

func TestATableWithoutTheUniqueIndexIsRefusedAndNamed(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		s := openSoles(t, k)
		check(t, s.create(1, "wells"))
		table := must(resource.TableOf(soleKind()))(t)
		if found := k.differences(table); len(found) > 0 {
			t.Errorf("before: %q", found)
		}
		run := func(statement string) {
			t.Helper()
			check(t, k.db.Apply(t.Context(), []database.Statement{{SQL: statement, Rows: database.AnyRows}}))
		}
		run("DROP INDEX sole_needs_by_sole")
		check(t, s.create(2, "wells"))
		for _, statement := range []string{
			"CREATE INDEX sole_needs_of_all ON sole_needs (sole)",
			"CREATE UNIQUE INDEX sole_needs_of_two ON sole_needs (sole, name)",
			"CREATE UNIQUE INDEX sole_needs_of_some ON sole_needs (sole) WHERE village = ''",
		} {
			run(statement)
			if _, err := resource.NewStore(t.Context(), k.Kit, soleKind()); err == nil || !strings.Contains(err.Error(), "no unique index on sole") {
				t.Errorf("after %s: NewStore = %v", statement, err)
			}
			found := k.differences(table)
			if len(found) != 3 || !strings.Contains(found[0], "the unique index on sole is gone") || !strings.Contains(found[1], needName(luxi, 1)) ||
				!strings.Contains(found[2], needName(luxi, 2)) {
				t.Errorf("after %s: found %q", statement, found)
			}
		}
	})
}

// differences returns the differences that a check of tables finds in portions of two.
func (k *kit) differences(tables ...resource.Table) (out []string) {
	k.Helper()
	c := must(resource.NewCheck(resource.CheckConfig{DB: k.db, Tables: tables, RowKey: k.deps.RowKey}))(k)
	for {
		p := must(c.Next(context.Background(), 2))(k)
		for _, d := range p.Differences {
			out = append(out, fmt.Sprintf("%s %s: %s", d.Table, d.Resource, d.Reason))
		}
		if p.Last {
			return out
		}
	}
}
